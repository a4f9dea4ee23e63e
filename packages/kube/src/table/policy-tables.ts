import { asNumber, asString, at, type JsonObject } from '../json/value.ts';
import { formatSelector, selectorOf } from '../selectors/label-selector.ts';
import { describe, integer, text } from './columns.ts';
import {
  ageEntry,
  type Cell,
  condition,
  count,
  type Entry,
  namedAndAged,
  nameEntry,
  number,
  tableModel,
  value,
  valueOr,
} from './entries.ts';
import { type TableModel } from './model.ts';

const webhookTable = namedAndAged([
  integer('Webhooks', 'Webhooks indicates the number of webhooks registered in this configuration'),
  count('webhooks'),
]);

const paramKindEntry: Entry = [
  text('ParamKind', 'ParamKind specifies the kind of resources used to parameterize this policy'),
  (object) => {
    const kind = at(object, 'spec', 'paramKind');
    if (kind === undefined) return '<unset>';
    return `${asString(at(kind, 'apiVersion'))}/${asString(at(kind, 'kind'))}`;
  },
];

function paramRefOf(binding: JsonObject): string {
  const given = at(binding, 'spec', 'paramRef');
  const name = asString(at(given, 'name'));
  if (name !== '') return `${asString(at(given, 'namespace')) || '*'}/${name}`;
  const selector = at(given, 'selector');
  return selector === undefined ? '<unset>' : formatSelector(selectorOf(selector));
}

const policyBindingTable = namedAndAged(
  [
    text(
      'PolicyName',
      'PolicyName indicates the policy definition which the policy binding binded to',
    ),
    value('spec', 'policyName'),
  ],
  [
    text('ParamRef', 'ParamRef indicates the param resource which sets the configuration param'),
    paramRefOf,
  ],
);

function limited(...path: string[]): Cell {
  return (object) => {
    const found = at(object, 'spec', 'limited', ...path);
    return found === undefined ? '<none>' : asNumber(found);
  };
}

const levelTable = namedAndAged(
  [text('Type', describe('V1PriorityLevelConfigurationSpec', 'type')), value('spec', 'type')],
  [
    text(
      'NominalConcurrencyShares',
      describe('V1LimitedPriorityLevelConfiguration', 'nominalConcurrencyShares'),
    ),
    limited('nominalConcurrencyShares'),
  ],
  ...(['queues', 'handSize', 'queueLengthLimit'] as const).map((key): Entry => [
    text(
      `${key.slice(0, 1).toUpperCase()}${key.slice(1)}`,
      describe('V1QueuingConfiguration', key),
    ),
    limited('limitResponse', 'queuing', key),
  ]),
);

const flowTable = tableModel(
  nameEntry,
  [
    text('PriorityLevel', describe('V1PriorityLevelConfigurationReference', 'name')),
    value('spec', 'priorityLevelConfiguration', 'name'),
  ],
  [
    text('MatchingPrecedence', describe('V1FlowSchemaSpec', 'matchingPrecedence')),
    number('spec', 'matchingPrecedence'),
  ],
  [
    text('DistinguisherMethod', describe('V1FlowSchemaSpec', 'distinguisherMethod')),
    valueOr('<none>', 'spec', 'distinguisherMethod', 'type'),
  ],
  ageEntry,
  [
    text('MissingPL', 'references a broken or non-existent PriorityLevelConfiguration'),
    (object) => asString(condition(object, 'Dangling')?.['status'] ?? '?'),
  ],
);

function serviceOf(apiService: JsonObject): string {
  const service = at(apiService, 'spec', 'service');
  if (service === undefined) return 'Local';
  return `${asString(at(service, 'namespace'))}/${asString(at(service, 'name'))}`;
}

function availability(apiService: JsonObject): string {
  const found = condition(apiService, 'Available');
  if (found === undefined) return 'Unknown';
  const status = asString(found['status']);
  const reason = asString(found['reason']);
  return status === 'True' || reason === '' ? status : `${status} (${reason})`;
}

/** Tables of kinds that are about the API itself. */
export const policyTables: Readonly<Record<string, TableModel>> = {
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': webhookTable,
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': webhookTable,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': namedAndAged(
    [
      integer(
        'Validations',
        'Validations indicates the number of validation rules defined in this configuration',
      ),
      count('spec', 'validations'),
    ],
    paramKindEntry,
  ),
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': namedAndAged(
    [
      integer(
        'Mutations',
        'Mutation indicates the number of mutations rules defined in this configuration',
      ),
      count('spec', 'mutations'),
    ],
    paramKindEntry,
  ),
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': policyBindingTable,
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': policyBindingTable,
  'flowcontrol.apiserver.k8s.io/v1/FlowSchema': flowTable,
  'flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration': levelTable,
  'apiregistration.k8s.io/v1/APIService': namedAndAged(
    [text('Service', 'The reference to the service that hosts this API endpoint.'), serviceOf],
    [text('Available', 'Whether this service is available.'), availability],
  ),
};
