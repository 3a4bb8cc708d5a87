import { firstOf, listOf, need } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { choice, integer, list, name, section, text, textSet } from '../fields.ts'
import { readContainers, STATES, type Container } from '../formats/container-list.ts'

const COLUMNS = `'{{.ID}}{{"\\t"}}{{.Names}}{{"\\t"}}{{.Image}}{{"\\t"}}{{.CreatedAt}}{{"\\t"}}{{.Status}}{{"\\t"}}{{.Ports}}'`

// Only a daemon that runs is asked, and only this host's: a call would start one that waits for its socket, or ask the host of another context.
// A column Size, or JSON of all columns, would make it walk every layer.
const DOCKER = `[ -e /run/docker.pid ] || [ -e /run/snap.docker/docker.pid ] || {
  command -v dockerd >/dev/null 2>&1 || [ -e /var/lib/docker ] || [ -e /var/snap/docker ] || exit 127
  echo 'docker is installed, but does not run' >&2; exit 1
}
exec docker --host unix:///var/run/docker.sock ps -a --no-trunc --format ${COLUMNS}`

// Of another user podman shows that user's own. Without a database there is nothing to show, and a call would make one.
const PODMAN = `[ -e /var/lib/containers/storage ] || exit 0
[ "$(id -u)" = 0 ] || { echo "podman shows root's containers to root only" >&2; exit 126; }
[ -e /var/lib/containers/storage/db.sql ] || [ -e /var/lib/containers/storage/libpod/bolt_state.db ] || exit 0
unset CONTAINER_HOST CONTAINER_CONNECTION
exec podman ps -a --no-trunc --format ${COLUMNS}`

export default definePlugin({
  name: 'container',
  version: 1,
  summary: 'Containers of docker and podman on this host, running or not.',
  probes: {
    'docker-ps': { sh: DOCKER, needs: ['docker'], timeoutSeconds: 15 },
    'podman-ps': { sh: PODMAN, needs: ['podman'], timeoutSeconds: 15 },
  },
  schema: section({
    containers: list('Containers of the system, but those of Kubernetes, which come and go with their pods.', {
      engine: choice(['docker', 'podman'], 'Engine that runs it.', 'the probe that answered'),
      id: name('Identifier, 64 hexadecimal digits.', 'ID of docker ps and podman ps'),
      name: text('Name of the container.', 'Names of docker ps and podman ps'),
      image: text(
        'Image that it was made from, as it was named then; not known when that name has gone to another image.',
        'Image of docker ps and podman ps',
      ),
      createdAt: text('Time of its creation, RFC 3339 in UTC.', 'CreatedAt of docker ps and podman ps'),
      ports: textSet(
        'Published ports, as in 0.0.0.0:8080->80/tcp; not known of one that does not run.',
        'Ports of docker ps and podman ps',
      ),
      state: choice(STATES, 'What it does at the moment.', 'Status of docker ps and podman ps'),
    }),
    kubernetesContainers: integer('Number of containers that Kubernetes runs by docker.', 'docker ps: names that begin with k8s_'),
  }),
  keys: { containers: ['id', ['engine', 'name']] },
  volatile: ['containers.state', 'kubernetesContainers'],

  parse({ 'docker-ps': docker, 'podman-ps': podman }) {
    const { status } = firstOf(docker, podman)
    // An engine that is installed and does not run leaves its list unknown.
    if (status === 'denied' || status === 'timeout' || status === 'truncated') need(firstOf(docker, podman))
    const [dockers, podmans] = [listOf(docker, readContainers), listOf(podman, readContainers)]
    return {
      containers:
        dockers === null || podmans === null
          ? null
          : [
              ...dockers.filter((one) => !isOfKubernetes(one)).map((one) => ({ engine: 'docker' as const, ...one })),
              ...podmans.map((one) => ({ engine: 'podman' as const, ...one })),
            ],
      kubernetesContainers: dockers?.filter(isOfKubernetes).length ?? null,
    }
  },
})

function isOfKubernetes(one: Container): boolean {
  return one.name?.startsWith('k8s_') === true
}
