// Empty: with it the compiler takes functions without bodies, which templates.go borrows from Helm.
