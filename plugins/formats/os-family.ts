/** Which distributions are built and run alike, in the words that Ansible's `os_family` made common. */
const FAMILIES: Readonly<Record<string, string>> = {
  RedHat:
    'redhat rhel fedora centos almalinux rocky ol oracle amzn scientific cloudlinux eurolinux virtuozzo openeuler tencentos anolis opencloudos xenserver xcp-ng miraclelinux springdale alinux photon azurelinux mariner',
  Debian:
    'debian ubuntu linuxmint deepin uos parrot pop raspbian kali devuan cumulus-linux steamos proxmox neon elementary zorin osmc pureos astra',
  Suse: 'suse sles sled sles_sap sles4sap opensuse opensuse-leap opensuse-tumbleweed opensuse-microos sle-micro sle_hpc suse_linux',
  Archlinux: 'arch archlinux archarm manjaro endeavouros antergos artix',
  Alpine: 'alpine postmarketos',
  Gentoo: 'gentoo funtoo sabayon',
  Slackware: 'slackware',
  Mandrake: 'mandrake mandriva mageia openmandriva',
  Altlinux: 'altlinux alt',
  ClearLinux: 'clear-linux-os clearlinux',
  SMGL: 'smgl',
  Flatcar: 'flatcar',
  Coreos: 'coreos',
  NixOS: 'nixos',
  Void: 'void',
}

const BY_ID = new Map(Object.entries(FAMILIES).flatMap(([family, ids]) => ids.split(' ').map((id) => [id, family] as const)))

/** The family of a distribution by its own identifier, else by those that it is like; null for one of its own kind. */
export function familyOf({
  id,
  like,
  name,
}: {
  readonly id: string | null
  readonly like: readonly string[]
  readonly name: string | null
}): string | null {
  // Kylin's server is made from openEuler and names nothing that it is like; its desktop is made from Ubuntu.
  if (id?.toLowerCase() === 'kylin') return name?.includes('Server') === true ? 'RedHat' : 'Debian'
  return [id, ...like].map((word) => BY_ID.get(word?.toLowerCase() ?? '')).find((family) => family !== undefined) ?? null
}
