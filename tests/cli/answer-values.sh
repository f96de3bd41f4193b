# Values that Windows Setup refuses: by create where they are written, by check
# and specialize where the fabric supplies them, and not by fsk create.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
pdk_setup
element()
{
	case $1 in
	Name) unattend "<UserAccounts><LocalAccounts><LocalAccount><Name>$2</Name></LocalAccount></LocalAccounts></UserAccounts>" ;;
	JoinDomain | JoinWorkgroup | MachineObjectOU) unattend "<Identification><$1>$2</$1></Identification>" ;;
	*) unattend "<$1>$2</$1>" ;;
	esac
}
for name in ComputerName TimeZone ProductKey SystemLocale InputLocale Name JoinDomain MachineObjectOU; do
	element $name @Value@ >in.xml
	expect 0 "$SHVM" pdk create $name.pdk $owner $fabric $trust --answer-file in.xml
done
while IFS='|' read -r level name value words; do
	rm -rf x.pdk d v.fsk
	element "$name" "$value" >in.xml
	expect 0 "$SHVM" fsk create v.fsk "@Value@=$value"
	case $level in
	refused)
		expect 1 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer-file in.xml
		one_line err
		has "$words" err
		has '[value-refused]' err
		expect 3 "$SHVM" pdk check $name.pdk --catalog t.vsc $(key fabric) --fsk v.fsk --json
		json_is .reason value-refused out
		has "$words" out
		expect 3 "$SHVM" pdk specialize $name.pdk $(key fabric) --fsk v.fsk --out-dir d
		has "$words" err
		[ ! -e d ] && [ ! -e x.pdk ] || fail "$value: a result"
		;;
	warned | good)
		expect 0 "$SHVM" pdk create x.pdk $owner $fabric $trust --answer-file in.xml
		cp err create.err
		expect 0 "$SHVM" pdk specialize $name.pdk $(key fabric) --fsk v.fsk --out-dir d
		cat err >>create.err
		expect 0 "$SHVM" pdk check $name.pdk --catalog t.vsc $(key fabric) --fsk v.fsk --json
		if [ $level = good ]; then
			hasnt warning: create.err
			hasnt warning: out
		else
			[ "$(grep -cF "$words" create.err)" = 2 ] || fail "$value: $(cat create.err)"
			has "warning: answer file: line 1: $name" out
			has "$words" out
		fi
		;;
	esac
done <<'END'
refused|ComputerName|a-name-with-more|more than 15 bytes
refused|ComputerName|12345|only digits
refused|ComputerName|web.example|a character that a computer name cannot have
warned|ComputerName|web_1|is not a DNS host name
good|ComputerName|WEB-0123456789A|
refused|TimeZone|Europe/Berlin|is a time zone of the IANA database
refused|TimeZone|Mitteleuropäische Zeit|is not the identifier of a time zone
refused|TimeZone|(UTC+01:00) Amsterdam, Berlin|is not the identifier of a time zone
refused|TimeZone|CET|is not the identifier of a time zone
refused|TimeZone|W. Europe Daylight Time|is not the identifier of a time zone
warned|TimeZone|Atlantis Standard Time|is not a known time zone of Windows
good|TimeZone|w. europe standard time|
good|TimeZone|UTC|
good|TimeZone|W. Europe Standard Time_dstoff|
refused|ProductKey|BCDFG-HJKMP-QRTVW-XY234|is not of the form
refused|ProductKey|BCDFG-HJKMP-QRTVW-XY234-6789A|a character that product keys do not have
good|ProductKey|VK7JG-NPHTM-C97JM-9MPGT-3V66T|
refused|SystemLocale|de_DE.UTF-8|is not of the form de-DE
refused|SystemLocale|German|is not of the form de-DE
warned|SystemLocale|tlh-US|is not a known locale
good|SystemLocale|de-DE|
good|SystemLocale|es-ES_tradnl|
good|InputLocale|0407:00000407;en-US|
refused|InputLocale|German keyboard|is not
refused|Name|Guest|is an account or group that Windows has
refused|Name|WDAGUtilityAccount|is an account or group that Windows has
refused|Name|Administrators|is an account or group that Windows has
refused|Name|a-name-of-twenty-one-c|more than 20 characters
refused|Name|a/b|has one of
refused|Name|%USERNAME%|has one of
warned|Name|Service|is a word that Microsoft reserves
good|Name|tenant|
refused|JoinDomain|https://example.org|a character that a domain name cannot have
refused|JoinDomain|example..org|a label of no or more than 63
refused|JoinDomain|notanetbiosdomain|neither a DNS nor a NetBIOS name
warned|JoinDomain|ex_ample.org|is not a DNS name
good|JoinDomain|corp.example.org|
refused|MachineObjectOU|example.org/Servers|is not a distinguished name
refused|MachineObjectOU|OU=Servers|names no domain
warned|MachineObjectOU|CN=Computers,DC=example,DC=org|does not begin with OU=
good|MachineObjectOU|OU=Web\, DMZ,OU=Servers,DC=example,DC=org|
END

# The account that has the computer's name.
unattend '<ComputerName>web1</ComputerName><UserAccounts><LocalAccounts><LocalAccount><Name>WEB1</Name></LocalAccount></LocalAccounts></UserAccounts>' >in.xml
expect 1 "$SHVM" pdk create y.pdk $owner $fabric $trust --answer-file in.xml
has 'is the name of the computer, too' err
unattend '<UserAccounts><LocalAccounts><LocalAccount><Name>WEB1</Name></LocalAccount></LocalAccounts></UserAccounts><ComputerName>web1</ComputerName>' >in.xml
expect 1 "$SHVM" pdk create y.pdk $owner $fabric $trust --answer-file in.xml
has 'is the name of the computer, too' err

# Options of an answer file that is made: refused, or warned about, once.
expect 2 "$SHVM" answer windows x.xml --admin-password admin --time-zone Europe/Berlin
has 'time zone "Europe/Berlin" is a time zone of the IANA database' err
[ ! -e x.xml ] || fail a result
expect 0 "$SHVM" answer windows x.xml --admin-password admin --locale tlh-US
has 'warning: locale "tlh-US" is not a known locale of Windows' err
expect 0 "$SHVM" pdk create z.pdk $owner $fabric $trust --answer windows --admin-password admin \
	--admin-name service
[ "$(grep -c 'warning:.*service.*is a word that Microsoft reserves' err)" = 1 ] || fail "$(cat err)"
