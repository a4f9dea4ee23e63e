/** The Go name of a type, which messages and OpenAPI use, from the name that the published client gives to it. */
export function goTypeName(type: string): string {
  return type.replace(
    /^(?:Core|Events|Authentication|Discovery|Flowcontrol|Storage|Rbac|Admissionregistration|Apiextensions|Apiregistration)?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/,
    '',
  );
}
