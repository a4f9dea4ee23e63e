/** Shells that `tidegate completion` writes a script for. */
export const completionShells = ['bash', 'zsh', 'fish', 'powershell'] as const;
