import type { Answer } from '../answer.ts'
import { arcconfView } from './arcconf.ts'
import { arecaController, arecaDisks, arecaSets, arecaVolumes } from './areca.ts'
import { ccissView } from './cciss-vol-status.ts'
import { ipssendDrives } from './ipssend.ts'
import { megacliBatteries, megacliControllers, megacliDisks, megacliDrives } from './megacli.ts'
import { megarcDrives } from './megarc.ts'
import { mptStatusView } from './mpt-status.ts'
import { mvcliBlocks, mvcliDrives } from './mvcli.ts'
import type { ASKED, RECORDED } from './raid-probes.ts'
import type { RaidView } from './raid-view.ts'
import { sasIrcuView } from './sas-ircu.ts'
import { ssacliView } from './ssacli.ts'
import { storcliView } from './storcli.ts'
import { twCliView } from './tw-cli.ts'

type Name = keyof typeof ASKED | keyof typeof RECORDED
type Readers = Partial<Record<Name, (text: string) => RaidView | readonly RaidView[]>>

/** Families of programs, each with what reads its answers. Of two texts about one thing the first is believed. */
const PROGRAMS: readonly Readers[] = [
  { storcli: (text) => storcliView(text, 'megaraid'), perccli: (text) => storcliView(text, 'megaraid') },
  { storcli2: (text) => storcliView(text, 'mpi3mr') },
  {
    'megacli-pdlist': megacliDisks,
    'megacli-ldinfo': megacliDrives,
    'megacli-adpallinfo': megacliControllers,
    'megacli-battery': megacliBatteries,
    'megarc-config': megarcDrives,
  },
  {
    ssacli: ssacliView,
    'hpacucli-controller': ssacliView,
    'hpacucli-storage': ssacliView,
    'hpacucli-drives': ssacliView,
    'hpacucli-logical': ssacliView,
    'hpacucli-slots': ssacliView,
  },
  { 'arcconf-getconfig': arcconfView },
  { sas2ircu: (text) => sasIrcuView(text, 'sas2') },
  { sas3ircu: (text) => sasIrcuView(text, 'sas3') },
  {
    'tw-cli': twCliView,
    'tw-cli-info': twCliView,
    'tw-cli-show': twCliView,
    'tw-cli-unitstatus': twCliView,
    'tw-cli-drivestatus': twCliView,
    'tw-cli-enc-show-all': twCliView,
  },
  { 'areca-sys': arecaController, 'areca-disk': arecaDisks, 'areca-vsf': arecaVolumes, 'areca-rsf': arecaSets },
  { 'cciss-controller': ccissView },
  { 'mpt-status': mptStatusView, 'mpt-input': mptStatusView },
  { 'mvcli-mvcli-vd': mvcliDrives, 'mvcli-mvcli-blk': mvcliBlocks },
  { 'ips-list': ipssendDrives },
]

/** What all programs say of controllers; null where one of them could not, or did not say anything; `absent` where there is none. */
export function readPrograms(answers: Readonly<Record<Name, Answer>>): readonly RaidView[] | 'absent' | null {
  const told = PROGRAMS.map((readers) => readProgram(readers, answers))
  if (told.includes(null)) return null
  const views = told.filter((one) => one !== 'absent').flatMap((one) => one ?? [])
  return told.every((one) => one === 'absent') ? 'absent' : views
}

function readProgram(readers: Readers, answers: Readonly<Record<Name, Answer>>): readonly RaidView[] | 'absent' | null {
  const names = (Object.keys(readers) as Name[]).filter((name) => answers[name].status !== 'absent')
  if (names.length === 0) return 'absent'
  const views: RaidView[] = []
  let saysNone = false
  for (const name of names) {
    const answer = answers[name]
    if (answer.status !== 'ok') return null
    views.push(...[readers[name]!(answer.text)].flat())
    saysNone ||= NONE.test(answer.text)
  }
  // A program whose driver is not loaded, say, prints an error and no disk. That is not the word that there is none.
  const isEmpty = views.every((view) => Object.values(view).every((list: readonly unknown[]) => list.length === 0))
  return isEmpty && !saysNone ? null : views
}

const NONE =
  /no (?:controllers?|adapters?) (?:were |was )?(?:found|detected)|controllers? found ?: ?0|controller count ?: ?0|number of controllers"? ?[:=] ?0\b|no 3ware/i
