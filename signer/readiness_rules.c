/* SPDX-License-Identifier: MIT */
/* The rules that a template keeps, in the order in which they are told. */
#include "signer/readiness.h"

#include <string.h>

#define GUIDES                                                                 \
	"https://learn.microsoft.com/windows-server/security/"                 \
	"guarded-fabric-shielded-vm/"
#define WINDOWS_PAGE GUIDES "guarded-fabric-create-a-shielded-vm-template"
#define LINUX_PAGE GUIDES "guarded-fabric-create-a-linux-shielded-vm-template"
#define LSVM_PAGE "https://github.com/microsoft/lsvmtools"
#define UEFI_PAGE                                                              \
	"https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html"
#define STATES_PAGE                                                            \
	"https://learn.microsoft.com/windows-hardware/manufacture/desktop/"    \
	"windows-setup-states"

#define ERROR SHVM_LEVEL_ERROR
#define WARNING SHVM_LEVEL_WARNING

/* clang-format off */
const struct readiness_rule readiness_rules[] = {
	/* The file */
	{ "not-vhdx", FOR_BOTH, NEEDS_NOTHING, ERROR, "the disk is a VHDX",
	  "a VHDX", "convert it (qemu-img convert -O vhdx)", WINDOWS_PAGE },
	{ "differencing", FOR_BOTH, NEEDS_NOTHING, ERROR,
	  "the disk stands alone", "no parent",
	  "merge it with its parents (Merge-VHD)", WINDOWS_PAGE },
	{ "checkpoint", FOR_BOTH, NEEDS_NOTHING, ERROR, NULL,
	  "no checkpoints", "delete the checkpoint in Hyper-V, which merges it",
	  WINDOWS_PAGE },
	{ "sector-size", FOR_BOTH, NEEDS_NOTHING, WARNING,
	  "sectors have 512 bytes", "512 bytes a logical sector",
	  "make it with such sectors (New-VHD -LogicalSectorSizeBytes 512)",
	  NULL },
	{ "already-protected", FOR_BOTH, NEEDS_NOTHING, WARNING,
	  "the disk carries no catalog", "a disk that was not signed yet",
	  "sign the copy that was kept, or replace the catalog",
	  WINDOWS_PAGE },
	{ "no-room", FOR_BOTH, NEEDS_VHDX, ERROR,
	  "the metadata has room for a catalog",
	  "fewer than 1024 user items, of less than 40 MiB together",
	  "convert it to a new VHDX (Convert-VHD)", NULL },
	{ "undefined-blocks", FOR_BOTH, NEEDS_VOLUMES, ERROR,
	  "the volumes have one content for every reader",
	  "no stored bytes in blocks that the file calls undefined",
	  "convert it to a new VHDX (Convert-VHD, qemu-img convert)", NULL },
	/* The table */
	{ "mbr", FOR_BOTH, NEEDS_NOTHING, ERROR, NULL, "a GPT",
	  "convert it (mbr2gpt)", WINDOWS_PAGE },
	{ "no-table", FOR_BOTH, NEEDS_NOTHING, ERROR, NULL, "a GPT",
	  "install in a generation 2 VM, on a disk with a GPT", WINDOWS_PAGE },
	{ "gpt-primary-damaged", FOR_BOTH, NEEDS_TABLE, ERROR,
	  "the GPT and its backup are good", "two good copies that agree",
	  "rewrite it from the backup with sgdisk -e", UEFI_PAGE },
	{ "gpt-backup-damaged", FOR_BOTH, NEEDS_TABLE, WARNING, NULL,
	  "two good copies that agree", "rewrite the backup with sgdisk -e",
	  UEFI_PAGE },
	{ "gpt-backup-place", FOR_BOTH, NEEDS_TABLE, WARNING, NULL,
	  "the backup in the last sector", "move it there with sgdisk -e",
	  UEFI_PAGE },
	{ "gpt-cut-off", FOR_BOTH, NEEDS_TABLE, ERROR, NULL,
	  "a disk as long as its GPT says",
	  "make it as long as it was; or sgdisk -e if no partition is cut",
	  UEFI_PAGE },
	{ "gpt-no-protective-mbr", FOR_BOTH, NEEDS_TABLE, ERROR, NULL,
	  "a protective MBR", "let sgdisk or diskpart write one", UEFI_PAGE },
	{ "gpt-hybrid-mbr", FOR_BOTH, NEEDS_TABLE, ERROR, NULL,
	  "a protective MBR and nothing else in it",
	  "write a plain protective MBR (sgdisk: x, n)", UEFI_PAGE },
	{ "gpt-hidden", FOR_BOTH, NEEDS_NOTHING, ERROR, NULL,
	  "one partition table", "wipe the one that is not in use", UEFI_PAGE },
	{ "gpt-protective-size", FOR_BOTH, NEEDS_TABLE, WARNING, NULL,
	  "a protective MBR over the whole disk",
	  "let sgdisk write it again", UEFI_PAGE },
	/* The partitions */
	{ "no-esp", FOR_BOTH, NEEDS_TABLE, ERROR,
	  "there is an EFI system partition", "an EFI system partition",
	  "make one (diskpart: create partition efi)", WINDOWS_PAGE },
	{ "several-esp", FOR_BOTH, NEEDS_TABLE, WARNING, NULL,
	  "one EFI system partition",
	  "delete those that nothing starts from", NULL },
	{ "esp-not-fat", FOR_BOTH, NEEDS_TABLE, ERROR, NULL,
	  "FAT32 on the EFI system partition", "format it as FAT32", NULL },
	{ "no-msr", FOR_WINDOWS, NEEDS_TABLE, WARNING,
	  "there is a Microsoft reserved partition",
	  "a Microsoft reserved partition",
	  "make one (diskpart: create partition msr)", NULL },
	{ "ldm", FOR_WINDOWS, NEEDS_TABLE, ERROR, "the disk is a basic disk",
	  "a basic disk, as BitLocker wants it", "install on a basic disk",
	  WINDOWS_PAGE },
	{ "storage-spaces", FOR_WINDOWS, NEEDS_TABLE, ERROR, NULL,
	  "a basic disk, as BitLocker wants it", "install on a basic disk",
	  WINDOWS_PAGE },
	{ "bitlocker", FOR_WINDOWS, NEEDS_TABLE, ERROR,
	  "BitLocker protects nothing yet", "no BitLocker before provisioning",
	  "decrypt it first (manage-bde -off)", WINDOWS_PAGE },
	{ "refs", FOR_WINDOWS, NEEDS_TABLE, ERROR, NULL, "NTFS",
	  "the OS volume must be NTFS", WINDOWS_PAGE },
	{ "no-os-volume", FOR_WINDOWS, NEEDS_TABLE, ERROR,
	  "there is one OS volume", "one NTFS partition with Windows",
	  "install Windows, or say which partition has it", WINDOWS_PAGE },
	{ "several-os-volumes", FOR_WINDOWS, NEEDS_TABLE, ERROR, NULL,
	  "one NTFS partition with Windows", "say which partition has it",
	  WINDOWS_PAGE },
	{ "not-ntfs", FOR_WINDOWS, NEEDS_TABLE, ERROR, NULL, "NTFS",
	  "install on NTFS, or choose another partition", WINDOWS_PAGE },
	/* Windows */
	{ "unreadable", FOR_BOTH, NEEDS_NOTHING, ERROR, NULL,
	  "file systems that can be read",
	  "check them (chkdsk, fsck), or do what the text says", NULL },
	{ "no-windows", FOR_WINDOWS, NEEDS_OS, ERROR,
	  "the OS volume holds Windows", "\\Windows\\System32",
	  "install Windows, or choose another partition", WINDOWS_PAGE },
	{ "not-generalized", FOR_WINDOWS, NEEDS_WINDOWS, ERROR,
	  "the image is generalized", "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE",
	  "run sysprep /generalize /oobe /shutdown", STATES_PAGE },
	{ "state-disagrees", FOR_WINDOWS, NEEDS_WINDOWS, WARNING, NULL,
	  "the same ImageState in the registry and in State.ini",
	  "run sysprep again", STATES_PAGE },
	{ "os-too-old", FOR_WINDOWS, NEEDS_WINDOWS, ERROR,
	  "this Windows can be a generation 2 guest",
	  "Windows 8 or Windows Server 2012, or later",
	  "make the template of a later release", WINDOWS_PAGE },
	{ "not-x64", FOR_WINDOWS, NEEDS_WINDOWS, ERROR,
	  "Windows is for x86-64", "x86_64",
	  "make the template of an x86-64 release", WINDOWS_PAGE },
	{ "no-bootmgr", FOR_WINDOWS, NEEDS_ESP, ERROR,
	  "the boot manager is on the EFI system partition",
	  "\\EFI\\Microsoft\\Boot\\bootmgfw.efi", "run bcdboot", WINDOWS_PAGE },
	{ "no-bootx64", FOR_BOTH, NEEDS_ESP, ERROR,
	  "the fallback boot loader is there", "\\EFI\\Boot\\bootx64.efi",
	  "run bcdboot, or lsvmprep for Linux", WINDOWS_PAGE },
	{ "ntfs-dirty", FOR_WINDOWS, NEEDS_FLAG, WARNING,
	  "NTFS was closed cleanly", "no dirty bit", "run chkdsk", NULL },
	{ "hibernated", FOR_WINDOWS, NEEDS_OS, WARNING,
	  "there is no hibernation file", "no \\hiberfil.sys",
	  "turn it off (powercfg /h off) and shut down fully", NULL },
	{ "pagefile", FOR_WINDOWS, NEEDS_OS, WARNING,
	  "there is no page file", "no \\pagefile.sys or \\swapfile.sys",
	  "they are signed along and may hold old secrets: delete them", NULL },
	{ "low-space", FOR_WINDOWS, NEEDS_OS, WARNING,
	  "the OS volume has free space", "100 MiB free, for BitLocker",
	  "free some space", NULL },
	/* Linux */
	{ "no-boot-volume", FOR_LINUX, NEEDS_TABLE, ERROR,
	  "there is a boot partition", "a boot partition",
	  "install with /boot on a partition of its own", LINUX_PAGE },
	{ "no-root-volume", FOR_LINUX, NEEDS_TABLE, ERROR, NULL,
	  "a root partition",
	  "install with an encrypted root (LUKS1), then run lsvmprep",
	  LINUX_PAGE },
	{ "no-lsvmconf", FOR_LINUX, NEEDS_ESP, ERROR, "lsvmconf is there",
	  "\\EFI\\boot\\lsvmconf", "run lsvmprep in the VM", LSVM_PAGE },
	{ "bad-lsvmconf", FOR_LINUX, NEEDS_CONF, ERROR,
	  "lsvmconf names what is there",
	  "six known keys, partition GUIDs in lower case that exist",
	  "run lsvmprep in the VM again", LSVM_PAGE },
	{ "no-lsvmprep", FOR_LINUX, NEEDS_ESP, ERROR,
	  "lsvmprep ran to its end", "the marker \\EFI\\boot\\lsvmprep",
	  "run lsvmprep in the VM", LINUX_PAGE },
	{ "boot-not-luks1", FOR_LINUX, NEEDS_BOOT, ERROR,
	  "the boot partition is LUKS1", "LUKS version 1",
	  "run lsvmprep in the VM", LINUX_PAGE },
	{ "root-not-luks1", FOR_LINUX, NEEDS_ROOT, ERROR,
	  "the root partition is LUKS1", "LUKS version 1",
	  "install with an encrypted root (LUKS1)", LINUX_PAGE },
	{ "boot-passphrase", FOR_LINUX, NEEDS_BOOT, ERROR,
	  "the well-known passphrase opens the boot partition",
	  "the passphrase that provisioning knows", "run lsvmprep again",
	  LINUX_PAGE },
	{ "root-passphrase", FOR_LINUX, NEEDS_ROOT, ERROR,
	  "the well-known passphrase opens the root partition",
	  "the passphrase that provisioning knows",
	  "add it (cryptsetup luksAddKey)", LINUX_PAGE },
	{ "datasource-list", FOR_LINUX, NEEDS_CLOUD, WARNING,
	  "cloud-init asks no metadata server of the network",
	  "datasource_list: [NoCloud, None]",
	  "write that line to a file in /etc/cloud/cloud.cfg.d", NULL },
	{ 0 },
};
/* clang-format on */

const struct readiness_rule *readiness_rule(const char *id)
{
	for (const struct readiness_rule *r = readiness_rules; r->id; r++) {
		if (strcmp(r->id, id) == 0)
			return r;
	}
	return NULL;
}

int readiness_check_names(const char *const *ids, size_t count,
			  struct shvm_err *err)
{
	for (size_t n = 0; n < count; n++) {
		if (!readiness_rule(ids[n]))
			return err_set(err, SHVM_E_ARG,
				       "there is no rule \"%s\" to ignore",
				       ids[n]);
	}
	return SHVM_OK;
}
