/** Keywords of ssh_config(5) that rollcall's own client follows. */
export const FOLLOWED = [
  'hostname',
  'user',
  'port',
  'identityfile',
  'identitiesonly',
  'identityagent',
  'proxyjump',
  'hostkeyalias',
  'stricthostkeychecking',
] as const

/** Those that decide which machine is reached, or which key is trusted: without them a host must not be connected to. */
export const VITAL: ReadonlySet<string> = new Set(['proxycommand', 'canonicalizehostname', 'revokedhostkeys'])

/** Those that make no difference to one command and its output, or for which rollcall has settings of its own. */
const IMMATERIAL = new Set(
  `addkeystoagent addressfamily batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames channeltimeout
  checkhostip clearallforwardings compression connectionattempts connecttimeout controlmaster controlpath controlpersist dynamicforward
  enableescapecommandline escapechar exitonforwardfailure fingerprinthash forkafterauthentication forwardagent forwardx11 forwardx11timeout
  forwardx11trusted gatewayports hashknownhosts ignoreunknown ipqos localcommand localforward loglevel logverbose
  nohostauthenticationforlocalhost numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen rekeylimit remotecommand remoteforward
  requesttty sendenv serveralivecountmax serveraliveinterval sessiontype setenv stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility
  tcpkeepalive tunnel tunneldevice updatehostkeys usekeychain verifyhostkeydns visualhostkey warnweakcrypto xauthlocation tag versionaddendum`
    .split(/\s+/)
    .concat(FOLLOWED),
)

/** Whether a value of a keyword changes nothing here: it is of no matter, or switches off what would be. */
export function isImmaterial(keyword: string, value: string): boolean {
  return IMMATERIAL.has(keyword) || /^(?:none|no|default)$/i.test(value)
}
