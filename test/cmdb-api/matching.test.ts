import { A, asset, B, subject, testCases, without, type Case } from './candidates.ts'

const CASES: readonly Case[] = [
  ['nobody knows the host', subject(A), [], 'new'],
  ['a cert finds its asset', subject(A), [asset('a', A), asset('b', B)], 'a by cert'],
  [
    'the asset id finds it where the cert has no id yet',
    subject(without(A, 'cert'), { assetId: 'uuid-a' }),
    [asset('a', A)],
    'a by asset-id',
  ],
  [
    'a host that lost its cert is found by its UUID',
    subject({ ...A, cert: 'cert-new' }),
    [asset('a', A), asset('b', B)],
    'a by system-uuid',
  ],
  [
    'and by vendor, product and serial number where it has no UUID',
    subject({ ...without(A, 'systemUuid'), cert: 'cert-new' }),
    [asset('a', A)],
    'a by serial',
  ],
  [
    'a serial number alone, of another product, finds nothing',
    subject({ ...without(A, 'systemUuid', 'macs'), cert: 'new', product: 'R750' }),
    [asset('a', A)],
    'new',
  ],
  [
    'a VM with its host’s serial number is another',
    subject({ ...without(A, 'systemUuid', 'macs'), cert: 'vm' }, { kind: 'vm' }),
    [asset('a', A)],
    'new',
  ],
  [
    'and each finds itself',
    subject({ ...without(A, 'systemUuid'), cert: 'x' }),
    [asset('v', without(A, 'systemUuid'), { kind: 'vm' }), asset('a', A)],
    'a by serial',
  ],
  [
    'an unknown kind fits all, and nobody guesses between two',
    subject({ ...without(A, 'systemUuid'), cert: 'x' }, { kind: 'unknown' }),
    [asset('v', without(A, 'systemUuid'), { kind: 'vm' }), asset('a', A)],
    'held: v, a',
  ],
  [
    'a serial number that several claim finds none',
    subject({ ...without(A, 'systemUuid', 'macs'), cert: 'x' }),
    [asset('a', A, { shared: ['serial'] })],
    'new',
  ],
  [
    'a cloud instance is itself on another board',
    subject({ ...A, cert: 'x', cloudInstanceId: 'i-1', systemUuid: B.systemUuid }, { kind: 'vm' }),
    [asset('a', { ...A, cloudInstanceId: 'i-1' }, { kind: 'vm' })],
    'a by cloud-instance',
  ],
  [
    'a system installed anew on the same hardware is the same host',
    subject({ ...A, cert: 'x', machineId: 'new', hostname: 'new', diskSerials: ['new'] }),
    [asset('a', A)],
    'a by system-uuid',
  ],
  [
    'a collector without root sees the same host by machine-id, hostname and MAC addresses',
    subject({ ...without(A, 'systemUuid', 'serial', 'boardSerial'), cert: 'of-ssh' }),
    [asset('a', A)],
    'a by machine-id',
  ],
  [
    'and one with root what the other saw first',
    subject(A),
    [asset('a', { ...without(A, 'systemUuid', 'serial', 'boardSerial'), cert: 'of-ssh' })],
    'a by machine-id',
  ],
  [
    'a cert of one and the UUID of another is held',
    subject({ ...A, systemUuid: B.systemUuid, serial: B.serial }),
    [asset('a', A), asset('b', B)],
    'held: a, b',
  ],
  [
    'without hardware, machine-id and hostname are a weak identity',
    subject({ machineId: 'm1', hostname: 'h' }),
    [asset('a', { machineId: 'm1', hostname: 'h' })],
    'a by weak-identity',
    /weak-identity/,
  ],
  [
    'a host with hardware is never found weakly',
    subject({ ...without(B, 'cert'), machineId: 'm1', hostname: 'h' }),
    [asset('a', { machineId: 'm1', hostname: 'h' })],
    'new',
  ],
  [
    'a name entered by hand is claimed by the first report that bears it',
    subject(A, { name: 'p' }),
    [asset('p', null)],
    'p by preassigned-name',
  ],
  ['but not by a host that is known', subject(A, { name: 'p' }), [asset('p', null), asset('a', A)], 'a by cert'],
  ['a name of an asset that was collected finds nothing', subject(B, { name: 'a' }), [asset('a', A)], 'new'],
  [
    'placeholders find nothing',
    subject({
      systemUuid: '03000200-0400-0500-0006-000700080009',
      vendor: 'To Be Filled By O.E.M.',
      product: 'System Product Name',
      serial: 'Default string',
      machineId: 'unknown',
      hostname: 'a',
    }),
    [asset('a', { ...A, systemUuid: '03000200-0400-0500-0006-000700080009' })],
    'new',
  ],
  [
    'a container is never its parent, whose hardware it sees',
    subject({ ...A, cert: 'in-container' }, { kind: 'container' }),
    [asset('a', A)],
    'new',
  ],
  [
    'a container is found by its cert, and weakly without',
    subject({ ...A, cert: 'c2' }, { kind: 'container' }),
    [asset('c', { ...A, cert: 'c1' }, { kind: 'container' })],
    'c by weak-identity',
  ],
]

testCases(CASES)
