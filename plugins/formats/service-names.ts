/** The port that a service's name means, as in /etc/services of Debian and Red Hat; null for another name. */
export function servicePort(name: string): number | null {
  return PORTS.get(name) ?? null
}

/** Registered at IANA, and the older words that distributions keep: what hosts are likely to serve. */
const NAMES = `
tcpmux 1, echo 7, discard 9, systat 11, daytime 13, netstat 15, qotd 17, chargen 19, ftp-data 20, ftp 21, ssh 22, telnet 23, lmtp 24,
smtp 25, rsftp 26, time 37, nameserver 42, nicname 43, whois 43, tacacs 49, re-mail-ck 50, domain 53, bootps 67, bootpc 68, tftp 69,
gopher 70, finger 79, http 80, www 80, kerberos 88, hostnames 101, iso-tsap 102, acr-nema 104, pop2 109, pop3 110, portmapper 111, sunrpc 111,
auth 113, sftp 115, nntp 119, ntp 123, epmap 135, loc-srv 135, netbios-ns 137, netbios-dgm 138, netbios-ssn 139, imap 143, imap2 143, snmp 161,
snmp-trap 162, snmptrap 162, mailq 174, xdmcp 177, bgp 179, smux 199, qmtp 209, z3950 210, ptp-event 319, ptp-general 320,
rpki-rtr 323, rpki-rtr-tls 324, ldap 389, svrloc 427, https 443, microsoft-ds 445, kpasswd 464, smtps 465, submissions 465, urd 465,
isakmp 500, biff 512, exec 512, login 513, who 513, shell 514, syslog 514, printer 515, talk 517, ntalk 518, efs 520, route 520,
router 520, ripng 521, gdomap 538, uucp 540, klogin 543, kshell 544, dhcpv6-client 546, dhcpv6-server 547, afpovertcp 548, rtsp 554,
nntps 563, submission 587, http-rpc-epmap 593, asf-rmcp 623, ipp 631, ldaps 636, ldp 646, dhcp-failover 647, tinc 655,
ieee-mms-ssl 695, silc 706, kerberos-adm 749, kerberos-iv 750, kerberos4 750, krb-prop 754, krb_prop 754, webster 765, spamd 783,
domain-s 853, iscsi 860, rsync 873, rquotad 875, swat 901, ideafarm-door 902, vmware-fdm 902, ideafarm-panic 903, rndc 953,
ftps-data 989, ftps 990, nas 991, telnets 992, imaps 993, ircs 994, pop3s 995, socks 1080, rootd 1094, rmiregistry 1099,
saphostctrl 1128, saphostctrls 1129, openvpn 1194, lotusnote 1352, lotusnotes 1352, ms-sql-s 1433, ms-sql-m 1434, ncube-lm 1521,
ingreslock 1524, l2f 1701, l2tp 1701, pptp 1723, radius 1812, radius-acct 1813, mqtt 1883, ssdp 1900, cisco-sccp 2000, nfs 2049,
gnunet 2086, zephyr-srv 2102, zephyr-clt 2103, zephyr-hm 2104, eforward 2181, efi-mg 2224, docker 2375, docker-s 2376, swarm 2377,
etcd-client 2379, etcd-server 2380, cvspserver 2401, zebrasrv 2600, zebra 2601, ripd 2602, ripngd 2603, ospfd 2604, bgpd 2605,
ospf6d 2606, ospfapi 2607, isisd 2608, dict 2628, gpsd 2947, hbci 3000, cifs 3020, gds-db 3050, gds_db 3050, ndl-aas 3128, squid 3128,
icpv2 3130, iscsi-target 3260, msft-gc 3268, msft-gc-ssl 3269, mysql 3306, ms-wbt-server 3389, nut 3493, distcc 3632, daap 3689,
svn 3690, ws-discovery 3702, sieve 4190, epmd 4369, ntske 4460, ipsec-nat-t 4500, iax 4569, gearman 4730, vxlan 4789, radmin-port 4899,
munin 4949, commplex-main 5000, commplex-link 5001, rfe 5002, mmcc 5050, sip 5060, sip-tls 5061, sips 5061, jabber-client 5222,
xmpp-client 5222, jabber-server 5269, xmpp-server 5269, cfengine 5308, mdns 5353, hostmon 5355, llmnr 5355, postgres 5432,
postgresql 5432, personal-agent 5555, rplay 5555, esmagent 5601, nrpe 5666, nsca 5667, amqps 5671, amqp 5672, rfb 5900,
vnc-server 5900, cm 5910, couchdb 5984, wsman 5985, wsmans 5986, x11 6000, x11-1 6001, x11-2 6002, x11-3 6003, x11-4 6004, x11-5 6005,
x11-6 6006, x11-7 6007, x11-ssh-offset 6010, redis 6379, sge-qmaster 6444, sge_qmaster 6444, sge-execd 6445, sge_execd 6445,
syslog-tls 6514, sane-port 6566, ircd 6667, ircs-u 6697, afs3-fileserver 7000, bbs 7000, afs3-callback 7001, afs3-prserver 7002,
afs3-vlserver 7003, afs3-kaserver 7004, afs3-volser 7005, afs3-errors 7006, afs3-bos 7007, afs3-update 7008, afs3-rmtsys 7009,
font-service 7100, xfs 7100, irdmi 8000, vcom-tunnel 8001, teradataordbms 8002, mcreport 8003, mxi 8005, warppipe 8007, zope-ftp 8021,
http-alt 8080, webcache 8080, tproxy 8081, us-cli 8082, us-srv 8083, simplifymedia 8087, omniorb 8088, radan-http 8088, privoxy 8118,
puppet 8140, intermapper 8181, pcsync-https 8443, pcsync-http 8444, canon-bjnp1 8611, ddi-tcp-1 8888, ddi-udp-1 8888,
manyone-http 8910, cslistener 9000, etlservicemgr 9001, glrpc 9080, websm 9090, xmltec-xmlmail 9091, xmlipcregsvc 9092,
hp-pdl-datastr 9100, jetdirect 9100, bacula-dir 9101, bacula-fd 9102, bacula-sd 9103, wap-wsp 9200, vrace 9300, git 9418,
tungsten-https 9443, tungsten-http 9762, sd 9876, distinct 9999, ndmp 10000, webmin 10000, zabbix-agent 10050, zabbix-trapper 10051,
amanda 10080, nbd 10809, memcache 11211, hkp 11371, db-lsp 17500, dcap 22125, csync2 30865, mysqlx 33060
`

const PORTS: ReadonlyMap<string, number> = new Map(
  NAMES.split(',').map((entry) => {
    const [name, port] = entry.trim().split(' ', 2)
    return [name!, Number(port)] as const
  }),
)
