# docs/cmdlets.md names each cmdlet and each parameter of the documented
# modules. (What it has of the program is generated, or cli-docs.sh checks it.)
. "$ROOT/tests/cli/lib.sh"
page=$ROOT/docs/cmdlets.md

# Cmdlet, then its parameters without the common ones, as the documentation of
# Windows Server 2025 and GuardedFabricTools have them. A name alone has none,
# or none that concern shielding.
cat >wanted <<'END'
Protect-TemplateDisk Path Certificate TemplateName Version PopulateFrom ProtectedTemplateTargetDiskType DiskIsAlreadySpecialized
Initialize-VMShieldingHelperVHD Path
New-ShieldingDataFile ShieldingDataFilePath Owner VolumeIDQualifier AnswerFile WindowsUnattendFile OtherFile Guardian Policy
Import-ShieldingDataFile ShieldingDataFilePath
New-VolumeIDQualifier VolumeSignatureCatalogFilePath TemplateDiskFilePath VersionRule
Save-VolumeSignatureCatalog TemplateDiskPath VolumeSignatureCatalogPath
Save-ShieldedVMRecoveryKey VHDPath DiskNumber Path Force
Unprotect-ShieldedVMRecoveryKey ShieldingDataFilePath ShieldingDataFileSearchPath Recurse EncryptedBitLockerKeyPath DecryptedBitLockerKeyPath
Get-KeyProtectorFromShieldingDataFile ShieldingDataFilePath
Get-ShieldedVMProvisioningStatus VMName VM ProvisioningJob
Initialize-ShieldedVM ShieldingDataFilePath ShieldedVMSpecializationDataFilePath VM VMName
New-ShieldedVMSpecializationDataFile ShieldedVMSpecializationDataFilePath SpecializationDataPairs
Test-ShieldingDataApplicability ShieldingDataFilePath VolumeSignatureCatalogPath
New-HgsGuardian Name GenerateCertificates SigningCertificate SigningCertificatePassword EncryptionCertificate EncryptionCertificatePassword SigningCertificateThumbprint EncryptionCertificateThumbprint AllowExpired AllowUntrustedRoot
Import-HgsGuardian Path Name AllowExpired AllowUntrustedRoot
Export-HgsGuardian InputObject Path
Get-HgsGuardian Name
Remove-HgsGuardian Name InputObject
New-HgsKeyProtector Owner Guardian AllowExpired AllowUntrustedRoot
Grant-HgsKeyProtectorAccess KeyProtector Guardian GuardianFriendlyName AllowExpired AllowUntrustedRoot
Revoke-HgsKeyProtectorAccess KeyProtector Guardian GuardianFriendlyName
ConvertTo-HgsKeyProtector Bytes
Set-HgsClientConfiguration EnableLocalMode KeyProtectionServerUrl AttestationServerUrl FallbackKeyProtectionServerUrl FallbackAttestationServerUrl
Get-HgsClientConfiguration
Test-HgsClientConfiguration UsePrimary UseFallback
Get-HgsAttestationBaselinePolicy Path Force SkipValidation Console
Set-HgsKeyProtectionConfiguration CommunicationsCertificate
Set-VMKeyProtector KeyProtector NewLocalKeyProtector RestoreLastKnownGoodKeyProtector
Get-VMKeyProtector
Enable-VMTPM
Disable-VMTPM
Set-VMSecurityPolicy Shielded
Get-SCVolumeSignatureCatalog
Get-SCGuardianConfiguration
New-SCVMShieldingData Name VMShieldingDataPath
New-ShieldingDataAnswerFile Path AdminCredentials RootPassword RootSshKey DomainName DomainJoinCredentials ProductKeyRequired RDPCertificatePath RDPCertificatePassword StaticIPPool ConfigurationScript Locale Force
END

# Rows as "names TAB the rest"; a row belongs to the cmdlets in bold before it.
awk '/^\| / && !/^\| (---|Cmdlet|Parameter)/ {
	gsub(/\\\|/, "/")
	n = index(substr($0, 3), " | ")
	print substr($0, 3, n - 1) "\t" substr($0, n + 5)
}' "$page" >rows
[ "$(wc -l <rows)" -gt 50 ] || fail the rows were not found

cmdlets=0 parameters=0
while read -r cmdlet rest; do
	# From the row with the cmdlet to the next one in bold.
	awk -F '\t' -v c="**$cmdlet**" 'index($1, "**") { on = index($1, c) } on { print $1 }' rows >mine
	[ -s mine ] || fail "no row for $cmdlet"
	cmdlets=$((cmdlets + 1))
	for parameter in $rest; do
		grep -qE -e "(^|[ (*])-$parameter([^A-Za-z]|\$)" mine ||
			fail "no row for $cmdlet -$parameter"
		parameters=$((parameters + 1))
	done
done <wanted
echo "$cmdlets cmdlets, $parameters parameters"

# The other way round: no cmdlet in bold that is not in the list.
cut -f 1 rows | grep -oE '\*\*[A-Za-z-]+\*\*' | tr -d '*' | sort -u >bold
cut -d ' ' -f 1 wanted | sort -u >listed
cmp bold listed || { diff bold listed; fail 'the page and this list differ'; }

# Those that the program's help names are among them.
sed -n '/generated: cmdlets/,/end of generated/p' "$page" | grep -oE '[A-Z][A-Za-z]+-[A-Z][A-Za-z]+' | sort -u >helped
[ "$(wc -l <helped)" -gt 10 ] || fail 'the table of commands is not there'
[ -z "$(comm -13 listed helped)" ] || fail "no row for $(comm -13 listed helped)"
