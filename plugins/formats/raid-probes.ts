import type { Probe } from '../define.ts'

// Makers install their programs in folders of their own, with and without a link in /usr/sbin.
const PATHS = `PATH=$PATH:/opt/MegaRAID/storcli:/opt/MegaRAID/storcli2:/opt/MegaRAID/perccli:/opt/MegaRAID/perccli2:/opt/MegaRAID/MegaCli
PATH=$PATH:/opt/smartstorageadmin/ssacli/bin:/opt/hp/hpssacli/bld:/opt/compaq/hpacucli/bld:/usr/Arcconf:/usr/StorMan:/opt/areca:/opt/tw_cli`

/** The first of several programs that is there, as $c; none of them is `absent`. */
function first(programs: string, asks: string): Probe {
  return {
    sh: `${PATHS}
for c in ${programs}; do
  command -v "$c" >/dev/null 2>&1 || continue
${asks}
  exit 0
done
exit 127`,
    root: true,
    // A controller with many disks, or one with a disk that hangs.
    timeoutSeconds: 60,
  }
}

const STORCLI = 'storcli64 storcli perccli64 perccli'
/** Drives behind an enclosure and drives without one are asked for apart: neither command shows the others. */
const STORCLI_ASKS =
  '$c /call show all J nolog; $c /call/eall/sall show all J nolog; $c /call/sall show all J nolog; $c /call/vall show all J nolog'
const SSACLI = 'ssacli hpssacli hpacucli'

/** MegaCli sees the same controllers as storcli, and tells less. */
function megacli(asks: string): Probe {
  const probe = first('MegaCli64 megacli MegaCli', `  $c ${asks} -aALL -NoLog`)
  return 'sh' in probe ? { ...probe, sh: unless(STORCLI, probe.sh) } : probe
}

function unless(programs: string, sh: string): string {
  return `${PATHS}\nfor c in ${programs}; do command -v "$c" >/dev/null 2>&1 && exit 127; done\n${sh}`
}

const CCISS = `set -- /dev/cciss/c[0-9]*d0
[ -e "$1" ] && command -v cciss_vol_status >/dev/null 2>&1 || exit 127
cciss_vol_status -V "$@"
exit 0`

/** Each family's program prints what it has to say, whatever its exit status: that is often the state of a disk. */
export const ASKED = {
  storcli: first(STORCLI, `  ${STORCLI_ASKS}`),
  // For controllers of which the programs before know nothing, and numbers of its own. The short `show` says how many there are.
  storcli2: first('storcli2 perccli2', `  $c show J nolog; ${STORCLI_ASKS}`),
  'megacli-pdlist': megacli('-PDList'),
  'megacli-ldinfo': megacli('-LDInfo -Lall'),
  'megacli-adpallinfo': megacli('-AdpAllInfo'),
  'megacli-battery': megacli('-AdpBbuCmd -GetBbuStatus'),
  ssacli: first(SSACLI, '  $c ctrl all show config detail'),
  'arcconf-getconfig': first('arcconf', '  n=1; while [ $n -le 16 ] && $c GETCONFIG $n AL nologs; do n=$((n+1)); done'),
  sas2ircu: sasIrcu('sas2ircu'),
  sas3ircu: sasIrcu('sas3ircu'),
  'tw-cli': first(
    'tw_cli tw_cli64 tw_cli.x86_64',
    `  $c show
  $c show | while read -r n _; do
    case $n in c[0-9]|c[0-9][0-9]) ;; *) continue;; esac
    echo "# /$n"; $c "/$n" show all </dev/null
    $c "/$n" show drivestatus </dev/null | while read -r p _; do
      case $p in p[0-9]*) $c "/$n/$p" show serial firmware </dev/null;; esac
    done
  done`,
  ),
  'areca-disk': first('cli64 cli32', '  $c disk info'),
  'areca-sys': first('cli64 cli32', '  $c sys info'),
  'areca-vsf': first('cli64 cli32', '  $c vsf info'),
  'cciss-controller': { sh: unless(SSACLI, CCISS), root: true, timeoutSeconds: 60 },
  'mpt-status': first('mpt-status', '  $c -n'),
  mdstat: { file: '/proc/mdstat' },
  'mdadm-detail': first('mdadm', '  for d in /sys/block/md*/md; do [ -d "$d" ] && d=${d%/md} && $c --detail "/dev/${d##*/}"; done'),
  // Where none of these programs is installed: whether there is anything that it could have shown.
  'raid-pci': { sh: "grep -Hs '^0x010[47]' /sys/bus/pci/devices/*/class || [ -d /sys/bus/pci ] || exit 127" },
} as const satisfies Readonly<Record<string, Probe>>

/** Further views of the same things that captures of other tools hold. */
export const RECORDED = {
  perccli: { recorded: 'perccli /call show all J' },
  'hpacucli-controller': { recorded: 'hpacucli controller all show status' },
  'hpacucli-slots': { recorded: 'hpacucli ctrl all show' },
  'hpacucli-logical': { recorded: 'hpacucli controller slot=N logicaldrive all show' },
  'hpacucli-drives': { recorded: 'hpacucli ctrl slot=N pd all show' },
  'hpacucli-storage': { recorded: 'hpacucli ctrl slot=N pd X show' },
  'tw-cli-info': { recorded: 'tw_cli info' },
  'tw-cli-show': { recorded: 'tw_cli show' },
  'tw-cli-unitstatus': { recorded: 'tw_cli info c0 unitstatus' },
  'tw-cli-drivestatus': { recorded: 'tw_cli info c0 drivestatus' },
  'tw-cli-enc-show-all': { recorded: 'tw_cli /c0/e0 show all' },
  'areca-rsf': { recorded: 'cli64 rsf info' },
  'mpt-input': { recorded: 'mpt-status -i N' },
  'mvcli-mvcli-vd': { recorded: 'mvcli info -o vd' },
  'mvcli-mvcli-blk': { recorded: 'mvcli info -o blk' },
  'ips-list': { recorded: 'ipssend getconfig 1 ld' },
  'megarc-config': { recorded: 'megarc -dispCfg -aN' },
  'mdadm-examine': { recorded: 'mdadm --examine of array members' },
  'dmraid-dmraid': { recorded: 'dmraid -r' },
  'dm-dmsetup': { recorded: 'dmsetup status --noflush' },
} as const satisfies Readonly<Record<string, Probe>>

function sasIrcu(program: string): Probe {
  return first(
    program,
    `  $c LIST
  $c LIST | while read -r n _; do
    case $n in [0-9]|[0-9][0-9]) $c "$n" DISPLAY </dev/null;; esac
  done`,
  )
}
