import { anyName } from '../effects.ts';

/** Kinds by their short and singular names, as the server knows them. */
const short: Readonly<Record<string, string>> = {
  po: 'pods',
  svc: 'services',
  deploy: 'deployments',
  rs: 'replicasets',
  rc: 'replicationcontrollers',
  ds: 'daemonsets',
  sts: 'statefulsets',
  cj: 'cronjobs',
  no: 'nodes',
  ns: 'namespaces',
  cm: 'configmaps',
  sa: 'serviceaccounts',
  pv: 'persistentvolumes',
  pvc: 'persistentvolumeclaims',
  sc: 'storageclasses',
  ing: 'ingresses',
  ingress: 'ingresses',
  netpol: 'networkpolicies',
  networkpolicy: 'networkpolicies',
  hpa: 'horizontalpodautoscalers',
  pdb: 'poddisruptionbudgets',
  ep: 'endpoints',
  endpoints: 'endpoints',
  ev: 'events',
  quota: 'resourcequotas',
  limits: 'limitranges',
  csr: 'certificatesigningrequests',
  crd: 'customresourcedefinitions',
  crds: 'customresourcedefinitions',
  pc: 'priorityclasses',
  priorityclass: 'priorityclasses',
  storageclass: 'storageclasses',
  psp: 'podsecuritypolicies',
  cs: 'componentstatuses',
  ingressclass: 'ingressclasses',
  runtimeclass: 'runtimeclasses',
  endpointslice: 'endpointslices',
};

/** Kinds that are in no namespace. */
const clusterWide = new Set(
  `nodes namespaces persistentvolumes storageclasses clusterroles clusterrolebindings customresourcedefinitions certificatesigningrequests
   priorityclasses podsecuritypolicies componentstatuses ingressclasses runtimeclasses csidrivers csinodes volumeattachments apiservices
   mutatingwebhookconfigurations validatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings`.split(
    /\s+/,
  ),
);

/** PURE. One name for a kind, whichever of its names is used: `po`, `Pod`, `pods.v1`, `pod/web`. */
export function kindOf(text: string): string {
  const name = (/^[^/.]*/.exec(text)?.[0] ?? '').toLowerCase();
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return anyName;
  const known = short[name];
  if (known !== undefined) return known;
  if (name.endsWith('s')) return name;
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** PURE. */
export function isClusterWide(kind: string): boolean {
  return clusterWide.has(kind);
}
