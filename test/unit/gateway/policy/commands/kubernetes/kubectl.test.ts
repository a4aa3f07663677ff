import { describe, expect, test } from 'vitest';
import { readCommand } from '../../../../../../gateway/policy/commands/read-command.ts';

const read = (command: string | readonly string[]) =>
  readCommand({ tool: 'run', dialect: 'kubectl', field: '/command', args: { command: command as string } }).acts;
const effectsOf = (command: string | readonly string[]): string =>
  [...new Set(read(command).flatMap(({ effects }) => effects))].toSorted().join(' ');

describe('a verb of kubectl is told, wherever it stands', () => {
  test.each([
    ['get pods', 'read', 'kubectl get'],
    ['kubectl get pods', 'read', 'kubectl get'],
    ['/usr/local/bin/kubectl get pods', 'read', 'kubectl get'],
    ['-n prod get pods', 'read', 'kubectl get'],
    ['--namespace=prod --context staging -v=6 describe pod web', 'read', 'kubectl describe'],
    ['logs web-0 -c app -f --tail 10', 'read', 'kubectl logs'],
    ['auth can-i delete pods --as-nothing', 'read', 'kubectl auth can-i'],
    ['config view', 'read', 'kubectl config view'],
    ['cluster-info', 'read', 'kubectl cluster-info'],
    ['get --raw /api/v1/nodes', 'read', 'kubectl get --raw'],
    ['get secrets', 'read', 'kubectl get secrets'],
    ['get secret/db -o yaml', 'read', 'kubectl get secrets'],
    ['describe po,secrets', 'read', 'kubectl describe secrets'],
    ['apply -f x.yaml --dry-run=client', 'read', 'kubectl apply --dry-run'],
    ['delete pod web --dry-run=server', 'read', 'kubectl delete --dry-run'],
    ['delete pod web --dry-run=none', 'destroy write', 'kubectl delete'],
    ['delete pod web --dry-run=client --dry-run=none', 'destroy write', 'kubectl delete'],
    ['delete pod web --dry-run=$x', 'destroy write', 'kubectl delete'],
    ['delete pod web', 'destroy write', 'kubectl delete'],
    ['-n prod delete pod web', 'destroy write', 'kubectl delete'],
    ['delete -f x.yaml', 'destroy write', 'kubectl delete'],
    ['delete pods --all', 'destroy write', 'kubectl delete --all'],
    ['delete deploy -A -l app=x', 'destroy write', 'kubectl delete --all'],
    ['delete ns prod', 'destroy write', 'kubectl delete namespace'],
    ['delete namespace/prod', 'destroy write', 'kubectl delete namespace'],
    ['drain node-1 --force', 'admin destroy', 'kubectl drain'],
    ['cordon node-1', 'admin', 'kubectl cordon'],
    ['uncordon node-1', 'admin', 'kubectl uncordon'],
    ['taint nodes node-1 a=b:NoSchedule', 'admin', 'kubectl taint'],
    ['apply -f x.yaml', 'write', 'kubectl apply'],
    ['apply -f https://example.com/x.yaml', 'network write', 'kubectl apply'],
    ['apply -f x --prune -l a=b', 'destroy write', 'kubectl apply --prune'],
    ['replace --force -f x', 'destroy write', 'kubectl replace --force'],
    ['create deployment web --image=x', 'write', 'kubectl create'],
    ['create clusterrolebinding x --clusterrole=cluster-admin --user=me', 'admin write', 'kubectl create of rights'],
    ['create token admin', 'admin write', 'kubectl create of rights'],
    ['scale deploy/web --replicas=3', 'write', 'kubectl scale'],
    ['scale deploy/web --replicas=0', 'write', 'kubectl scale to zero'],
    ['rollout undo deploy/web', 'write', 'kubectl rollout undo'],
    ['rollout restart deploy/web', 'write', 'kubectl rollout restart'],
    ['rollout history deploy/web', 'read', 'kubectl rollout history'],
    ['patch deploy web -p {}', 'write', 'kubectl patch'],
    ['edit clusterrole x', 'admin write', 'kubectl edit of rights'],
    ['label pod web a=b', 'write', 'kubectl label'],
    ['set image deploy/web web=x', 'write', 'kubectl set'],
    ['exec web-0 -- ls', 'execute read', 'kubectl exec'],
    ['exec -it web-0 -n a -- rm -rf x', 'destroy execute write', 'rm -r'],
    ['exec web-0 -- sh -c "rm -rf x"', 'destroy execute write', 'rm -r'],
    ['exec web-0 ls', 'execute read', 'kubectl exec'],
    ['exec -it web-0', 'execute unknown', 'a shell that waits for what to do'],
    ['run x --image=y --rm -it -- rm -rf x', 'destroy execute network write', 'rm -r'],
    ['debug node/n1 -it --image=alpine', 'admin execute', 'kubectl debug'],
    ['attach web-0 -i', 'execute unknown', 'kubectl attach'],
    ['cp web-0:/etc/x /tmp/x', 'execute write', 'kubectl cp'],
    ['port-forward svc/db 5432:5432', 'admin network', 'kubectl port-forward'],
    ['proxy', 'admin network', 'kubectl proxy'],
    ['certificate approve x', 'admin', 'kubectl certificate approve'],
    ['auth reconcile -f x', 'admin', 'kubectl auth reconcile'],
    ['config use-context prod', 'admin', 'kubectl config use-context'],
    ['config delete-context prod', 'admin destroy', 'kubectl config delete-context'],
    ['get pods --as=admin', 'admin read', 'kubectl as somebody else'],
    ['--kubeconfig /tmp/x get pods', 'admin read', 'kubectl with a server or credential of the caller'],
    ['get pods --token=x', 'admin read', 'kubectl with a server or credential of the caller'],
    ['delete --raw /api/v1/x', 'destroy unknown write', 'kubectl delete --raw'],
    ['frobnicate', 'execute unknown', 'a kubectl command that is not known'],
    ['krew install x', 'execute unknown', 'a kubectl command that is not known'],
    ['$verb pods', 'execute unknown', 'a kubectl command that is not known'],
    ['-n $ns delete pod x', 'execute unknown', 'a kubectl command that is not known'],
    ['--frob delete pod x', 'execute unknown', 'a kubectl command that is not known'],
    ['kustomize . --enable-exec', 'execute unknown', 'kubectl kustomize with plugins'],
    ['get pods; rm -rf x', 'destroy read write', 'rm -r'],
    ['get pods | sh', 'execute read unknown', 'the output of another program piped into a shell'],
    ['get pods $(rm -rf x)', 'destroy read write', 'rm -r'],
    ['get pods > /etc/x', 'admin destroy read write', 'a write to a system path'],
    ['\nrm -rf x', 'destroy read write', 'rm -r'],
  ])('%s', (command, effects, construct) => {
    expect(effectsOf(command), JSON.stringify(read(command))).toBe(effects);
    expect(read(command).map((act) => act.construct)).toContain(construct);
  });

  test('a list of words is no text for a shell', () => {
    expect(effectsOf(['get', 'pods', '; rm -rf x'])).toBe('read');
    expect(effectsOf(['kubectl', 'delete', 'pod', 'x'])).toBe('destroy write');
  });
});

describe('what it acts on is told under one name', () => {
  const targets = (command: string) => read(command)[0]?.targets;

  test.each([
    ['get po', ['pods']],
    ['get Pod', ['pods']],
    ['get pods.v1', ['pods']],
    ['get deploy,svc', ['deployments', 'services']],
    ['get deployment.apps/web', ['deployments']],
    ['get netpol', ['networkpolicies']],
    ['describe secret/db cm/x', ['secrets', 'configmaps']],
    ['logs web-0', ['pods']],
    ['apply -f x', ['*']],
    ['get $kind', ['*']],
    ['delete -k .', ['*']],
  ])('%s', (command, kinds) => {
    expect(targets(command)?.kinds).toEqual(kinds);
  });

  test.each([
    ['get pods -n prod', ['prod']],
    ['get pods --namespace prod', ['prod']],
    ['-nprod get pods', ['prod']],
    ['get pods', ['*']],
    ['get pods -A', ['*']],
    ['get pods --all-namespaces', ['*']],
    ['get pods -n "$NS"', ['*']],
    ['get nodes', []],
    ['delete ns prod', ['prod']],
  ])('%s', (command, namespaces) => {
    expect(targets(command)?.namespaces).toEqual(namespaces);
  });

  test('an option that is not known may have a kind as its value, so two kinds may be meant', () => {
    expect(targets('get --frob secrets pods')?.kinds).toEqual(['secrets', 'pods']);
  });
});
