/*
 * isc_device.h: raw facts of the machine, from which the device fingerprint is made.
 *
 * This header is the manual. The library `iscbridge_device` implements it. It reads and reports, and decides nothing:
 * which adapter counts, which serial is a placeholder and how a fingerprint is written stand in iscbridge/device, where
 * they can be read, explained and tested.
 *
 * In short
 *     isc_device_abi_version    is this the library that the caller was made for?
 *     isc_device_read           one part of the facts, into the caller's buffer
 *
 * What it never does
 *     It starts no process, uses neither WMI nor COM nor PowerShell, needs no elevated rights, opens no disk for reading
 *     or writing, sends nothing over a network, writes nothing, and keeps nothing between two calls.
 *
 * Threads
 *     Every function may be called from any thread at any time, also from several at once. No function waits for a
 *     device: what is reported is what the operating system knows already.
 *
 * Memory
 *     Buffers belong to the caller, before, during and after a call. The library returns no memory, so there is nothing
 *     to free. Constant strings live as long as the process.
 *
 * Lifetime
 *     Nothing to open or close. On Linux the library stays loaded until the process ends, whoever lets go of it.
 *
 * Text
 *     All parts but ISC_DEVICE_FIRMWARE are one JSON object in plain ASCII, without a closing NUL. Characters outside
 *     ASCII and control characters are written as \uXXXX: on Windows UTF-16 units as the system gave them, on Linux
 *     bytes (\u00XX), since neither promises well-formed text. A fact that could not be had is left out; so is, on
 *     each system, what only the other one knows. Readers ignore names that they do not know.
 *
 * Versions
 *     ISC_DEVICE_ABI_VERSION changes when anything here changes in a way that old callers can't ignore. New members of
 *     the JSON objects are no such change.
 */
#ifndef ISC_DEVICE_H
#define ISC_DEVICE_H
#include <stdint.h>
#define ISC_DEVICE_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif
#ifdef _WIN32
#  define ISC_DEVICE_CALL __cdecl
#  ifdef ISC_DEVICE_BUILD
#    define ISC_DEVICE_API __declspec(dllexport)
#  else
#    define ISC_DEVICE_API __declspec(dllimport)
#  endif
#else
#  define ISC_DEVICE_CALL
#  define ISC_DEVICE_API __attribute__((visibility("default")))
#endif

/*
 * What a function of this header answers. Below zero is an error, and the buffer holds nothing of use.
 *
 * ISC_DEVICE_OK            The buffer holds the part, *length bytes of it.
 * ISC_DEVICE_ERR_ARGUMENT  length is NULL, or buffer is NULL and capacity is not 0, or there is no such part.
 * ISC_DEVICE_ERR_BUFFER    The buffer is too small: *length says how many bytes were needed this time. Nothing was
 *                          written. Call again with more; it is read anew, so it may have grown again.
 * ISC_DEVICE_ERR_MEMORY    Out of memory.
 * ISC_DEVICE_ERR_SYSTEM    The operating system did not give this part at all.
 */
typedef enum isc_device_status {
    ISC_DEVICE_OK = 0,
    ISC_DEVICE_ERR_ARGUMENT = -1, ISC_DEVICE_ERR_BUFFER = -2, ISC_DEVICE_ERR_MEMORY = -3, ISC_DEVICE_ERR_SYSTEM = -4
} isc_device_status;

/*
 * The parts of the facts.
 *
 * ISC_DEVICE_ADAPTERS  {"system": "windows" | "linux", "adapters": [...]}: every network interface, at most 4096.
 *     Both:     name, address and permanent (12 hex digits each, or more or fewer if the hardware's are), type.
 *     Windows:  name is the adapter's GUID; label, description; type is IfType (6 Ethernet, 71 IEEE 802.11); address is
 *               the one in use; from MIB_IF_ROW2: permanent, medium (NDIS_PHYSICAL_MEDIUM), hardware, filter, connector
 *               (booleans: HardwareInterface, FilterInterface, ConnectorPresent); pnp: the device instance id, as in
 *               PCI\VEN_8086&DEV_15F3\3&11583659&0&FE; removal: CM_DRP_REMOVAL_POLICY (1 not expected, 2 orderly, 3 by
 *               surprise). An adapter that is disabled is not reported by Windows.
 *     Linux:    name alone if no device stands behind the interface. Else also assign (addr_assign_type, 0 permanent),
 *               type is ARPHRD (1 Ethernet), devtype, wireless (boolean), device (path below /sys/devices), subsystem,
 *               driver, removable (the strongest word of the device and what it hangs on: "removable", "unknown" or
 *               "fixed"), physfn (boolean: a virtual function); permanent by ETHTOOL_GPERMADDR.
 * ISC_DEVICE_DISKS     {"system": ..., "disks": [...]}: every disk of the system, at most 4096.
 *     Both:     name, serial, model, removable_media (boolean).
 *     Windows:  PhysicalDrive0 to 63; bus (STORAGE_BUS_TYPE), device_type (SCSI peripheral type) of the
 *               STORAGE_DEVICE_DESCRIPTOR; asked with no access to the disk's content.
 *     Linux:    name alone if no device stands behind it. Else also unit_serial (VPD page 80), wwid, device_type (SCSI
 *               peripheral type), card ("SD", "MMC"), transport (of NVMe), device, subsystem, removable as above.
 * ISC_DEVICE_FIRMWARE  The SMBIOS table in the form of Windows' RawSMBIOSData: byte 0 unused here, bytes 1 and 2 major
 *                      and minor version, byte 3 revision, bytes 4 to 7 length of the table (little endian), the table.
 *                      At most 1 MiB. On Linux root alone may read it; others get ISC_DEVICE_ERR_SYSTEM. There the
 *                      version is 0.0 if it can't be had.
 * ISC_DEVICE_NAMES     {"system": ..., ...}: what Linux has in /sys/class/dmi/id, as far as this user may read it:
 *                      sys_vendor, product_name, product_serial, product_uuid, board_vendor, board_name, board_serial.
 *                      On Windows "system" alone: the firmware table says it all.
 * ISC_DEVICE_CPU       {"arch": "x86" | "arm64" | "other", ...}. x86: vendor, eax, ecx, edx of CPUID leaf 1 as numbers;
 *                      hypervisor: the vendor string of leaf 0x40000000, "" if the CPU does not say that there is one.
 *                      arm64 on Linux: midr as the kernel writes it, if it does.
 */
typedef enum isc_device_part {
    ISC_DEVICE_ADAPTERS = 1, ISC_DEVICE_DISKS = 2, ISC_DEVICE_FIRMWARE = 3, ISC_DEVICE_NAMES = 4, ISC_DEVICE_CPU = 5
} isc_device_part;

/* ISC_DEVICE_ABI_VERSION of the library. Never fails. */
ISC_DEVICE_API uint32_t ISC_DEVICE_CALL isc_device_abi_version(void);

/* English words for an isc_device_status, for logs; never NULL, constant. */
ISC_DEVICE_API const char *ISC_DEVICE_CALL isc_device_status_text(int32_t status);

/*
 * Reads one part (isc_device_part) anew and copies it into the buffer, which may be NULL if capacity is 0.
 *
 * *length becomes the number of bytes that the part has, with ISC_DEVICE_OK and ISC_DEVICE_ERR_BUFFER; else 0.
 * Returns a value of isc_device_status; any of them.
 */
ISC_DEVICE_API int32_t ISC_DEVICE_CALL isc_device_read(uint32_t part, uint8_t *buffer, uint32_t capacity,
                                                       uint32_t *length);
#ifdef __cplusplus
}
#endif
#endif
