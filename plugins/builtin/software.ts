import type { Answer } from '../answer.ts'
import { listOf } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { Unusable } from '../errors.ts'
import { choice, integer, list, name, section, text } from '../fields.ts'
import { readApkInstalled } from '../formats/apk.ts'
import { readDpkgList, readDpkgQuery, readDpkgStatus } from '../formats/dpkg.ts'
import { readFlatpak } from '../formats/flatpak.ts'
import type { Package, PackageReader } from '../formats/package.ts'
import { readPacmanDesc, readPacmanInfo } from '../formats/pacman.ts'
import { readRpm, readRpmInfo } from '../formats/rpm.ts'
import { readSnapFiles, readSnapList } from '../formats/snap.ts'

// The database itself, which costs half of what dpkg-query does; while dpkg works, or after it broke off, the last steps are in a journal beside it.
const DPKG = `[ -s /var/lib/dpkg/status ] || exit 127
set -- /var/lib/dpkg/updates/[0-9]*
[ -e "$1" ] && command -v dpkg-query >/dev/null 2>&1 || exec grep -E '^(Package|Status|Version|Architecture|Source):' /var/lib/dpkg/status
exec dpkg-query -W -f '\${Status}\\t\${Package}\\t\${Version}\\t\${Architecture}\\t\${source:Package}\\n'`

// Only where there is a database: rpm of a Debian host makes an empty one when root asks it, and BusyBox has an applet of that name.
const RPM_DATABASE = ['/var/lib/rpm', '/usr/lib/sysimage/rpm']
  .flatMap((folder) => ['Packages', 'Packages.db', 'rpmdb.sqlite'].map((file) => `${folder}/${file}`))
  .join('|')

const RPM = `command -v rpm >/dev/null 2>&1 || { echo 'there is an rpm database, but no program rpm to read it' >&2; exit 1; }
exec rpm -qa --nosignature --nodigest --qf '%{NAME}\\t%|EPOCH?{%{EPOCH}}:{0}|\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\n'`

const APK = `for f in /lib/apk/db/installed /usr/lib/apk/db/installed; do
  [ -s $f ] && exec grep '^[PVAo]:' $f
done
exit 127`

// The database itself: no program named pacman is needed, nor is the game of that name run.
const PACMAN = `cd /var/lib/pacman/local 2>/dev/null || exit 127
exec grep -hsA1 -E '^%(NAME|VERSION|ARCH|BASE)%$' */desc`

// Not by the program snap, which wakes snapd. While a snap is refreshed it has no link "current", but always a file.
const SNAP = `cd /var/lib/snapd/snaps 2>/dev/null || exit 127
for f in *.snap; do [ -e "$f" ] && echo "$f"; done
for d in /snap /var/lib/snapd/snap; do [ -d "$d" ] && { grep -Hs '^version:' "$d"/*/current/meta/snap.yaml; break; }; done; :`

// Only where something was ever installed: flatpak makes its repository when root asks it. Users' own installations are theirs.
const FLATPAK = `[ -d /var/lib/flatpak/repo ] || exit 0
exec flatpak list --system --columns=application,branch,arch,installation,name,version`

/** The views of each package manager, our own first: the first that answered is taken. */
const MANAGERS: readonly (readonly (readonly [probe: string, read: PackageReader])[])[] = [
  [
    ['dpkg-query', readDpkgQuery],
    ['dpkg-status', readDpkgStatus],
    ['dpkg-l', readDpkgList],
  ],
  [
    ['rpm-qa', readRpm],
    ['rpm-qi', readRpmInfo],
  ],
  [['apk-installed', readApkInstalled]],
  [
    ['pacman-desc', readPacmanDesc],
    ['pacman-qi', readPacmanInfo],
  ],
]

export default definePlugin({
  name: 'software',
  version: 1,
  summary: 'Installed packages of dpkg, rpm, apk and pacman, snaps, and Flatpak applications.',
  probes: {
    'dpkg-query': { sh: DPKG, needs: ['/var/lib/dpkg/status'] },
    'dpkg-status': { recorded: 'cat /var/lib/dpkg/status' },
    'dpkg-l': { recorded: 'dpkg -l' },
    'rpm-qa': { sh: RPM, needs: [RPM_DATABASE], timeoutSeconds: 60 },
    'rpm-qi': { recorded: 'rpm -qai' },
    'apk-installed': { sh: APK, needs: ['/lib/apk/db/installed|/usr/lib/apk/db/installed'] },
    'pacman-desc': { sh: PACMAN, needs: ['/var/lib/pacman/local'] },
    'pacman-qi': { recorded: 'pacman -Qi' },
    'snap-files': { sh: SNAP, needs: ['/var/lib/snapd/snaps'] },
    'snap-list': { recorded: 'snap list' },
    'flatpak-list': { sh: FLATPAK, needs: ['flatpak'], timeoutSeconds: 20 },
  },
  schema: section({
    packages: list('Packages of the system whose files are on the disk; removed ones of which only configuration is left are not.', {
      manager: choice(['deb', 'rpm', 'apk', 'pacman'], 'Package manager that has the package in its records.', 'the probe that answered'),
      name: name('Name of the package, without architecture.', '${Package} of dpkg-query; %{NAME} of rpm; P: of apk; %NAME% of pacman'),
      version: text(
        'Version as the package manager shows it: with release; with epoch where dpkg and pacman show one.',
        '${Version} of dpkg-query; %{VERSION}-%{RELEASE} of rpm; V: of apk; %VERSION% of pacman',
      ),
      arch: text(
        "Architecture that the package was built for, in the manager's own word: all, noarch and any fit every machine; none for rpm's keys.",
        '${Architecture} of dpkg-query; %{ARCH} of rpm; A: of apk; %ARCH% of pacman',
      ),
      epoch: integer(
        'Number that outweighs the version when versions are compared; 0 where there is none.',
        '%{EPOCH} of rpm; before the colon of the version',
      ),
      source: text(
        'Name of the source package that it was built from.',
        '${source:Package} of dpkg-query 1.16.2; %{SOURCERPM} of rpm; o: of apk; %BASE% of pacman',
      ),
    }),
    snaps: list('Installed snaps, bases and disabled ones included.', {
      name: name('Name of the snap, with its instance key.', 'file name in /var/lib/snapd/snaps'),
      version: text('Version that the publisher gave it.', 'version in meta/snap.yaml of the current revision'),
    }),
    flatpaks: list("Flatpak applications and runtimes installed for all users, not those in users' homes.", {
      application: name('Identifier of the application or runtime, a reversed domain name.', 'flatpak list'),
      branch: text('Branch that updates come from.', 'flatpak list'),
      arch: text('Architecture.', 'flatpak list'),
      installation: text('Installation that holds it: system, user, or a configured one.', 'flatpak list'),
      name: text('Name shown to people.', 'flatpak list'),
      version: text('Version that the publisher gave it.', 'flatpak list'),
    }),
  }),
  keys: {
    // An upgrade is a change of the one package of a name; several versions side by side (kernels of rpm) share that key and are told apart by the next.
    packages: [
      ['manager', 'name', 'arch'],
      ['manager', 'name', 'arch', 'version'],
      ['manager', 'name'],
      ['manager', 'name', 'version'],
    ],
    snaps: ['name'],
    flatpaks: [
      ['application', 'branch', 'arch', 'installation'],
      ['application', 'branch', 'installation'],
      ['application', 'branch'],
      'application',
    ],
  },
  volatile: [],

  parse(answers) {
    const all: Readonly<Record<string, Answer>> = answers
    if (Object.values(all).every(({ status }) => status === 'absent')) {
      throw new Unusable({ status: 'absent', reason: 'no known package manager has records here' })
    }
    const snapList = answers['snap-list']
    return {
      packages: packagesOf(all),
      snaps: snapList.status === 'ok' ? readSnapList(snapList.text) : listOf(answers['snap-files'], readSnapFiles),
      flatpaks: listOf(answers['flatpak-list'], readFlatpak),
    }
  },
})

/** All or nothing: a manager that did not answer must not cost the register its packages. */
function packagesOf(answers: Readonly<Record<string, Answer>>): Package[] | null {
  const packages = new Map<string, Package>()
  let answered = 0
  for (const views of MANAGERS) {
    const given = views.map(([probe, read]) => ({ answer: answers[probe]!, read }))
    const good = given.find(({ answer }) => answer.status === 'ok')
    if (good === undefined && given.some(({ answer }) => answer.status !== 'absent')) return null
    if (good !== undefined) answered += 1
    const found = good?.answer.status === 'ok' ? good.read(good.answer.text) : []
    if (found === null) return null
    // A damaged database of rpm has records twice.
    for (const one of found) packages.set([one.manager, one.name, one.arch, one.epoch, one.version].join(' '), one)
  }
  // Records without a single package are damaged ones: rpm says nothing of them and ends with 0.
  return packages.size === 0 && answered > 0 ? null : [...packages.values()]
}
