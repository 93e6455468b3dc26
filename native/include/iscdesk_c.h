/* Contract skeleton; the native part makes it the manual. Names and layouts below stand. */
#ifndef ISCDESK_C_H
#define ISCDESK_C_H
#include <stdint.h>
#define ISC_ABI_VERSION 1
#define ISC_LICENSE_FILE 1
#define ISC_LICENSE_STRING 2
#ifdef __cplusplus
extern "C" {
#endif
#ifdef _WIN32
#  define ISC_CALL __cdecl
#  ifdef ISC_BUILD
#    define ISC_API __declspec(dllexport)
#  else
#    define ISC_API __declspec(dllimport)
#  endif
#else
#  define ISC_CALL
#  define ISC_API __attribute__((visibility("default")))
#endif

typedef enum isc_status {
    ISC_OK = 0,
    ISC_ERR_ARGUMENT = -1, ISC_ERR_ABI = -2, ISC_ERR_LOAD = -3, ISC_ERR_CLOSED = -4,
    ISC_ERR_TIMEOUT = -5, ISC_ERR_ENCODING = -6, ISC_ERR_UNSUPPORTED = -7, ISC_ERR_MEMORY = -8,
    ISC_ERR_QUEUE_FULL = -9, ISC_ERR_INTERNAL = -10
} isc_status;

typedef struct isc_handle isc_handle;

typedef struct isc_config {
    uint32_t size;            /* sizeof(isc_config) of the caller */
    uint32_t abi_version;     /* ISC_ABI_VERSION of the caller */
    const char *sdk_library;  /* UTF-8 path of the vendor DLL; NULL: the one that the shim was built with */
    uint32_t event_capacity;  /* 0: default */
    uint32_t flags;           /* 0 */
} isc_config;

typedef struct isc_info {
    uint32_t size;
    uint32_t abi_version;
    const char *cloud;        /* "sandbox" or "iscdesk" */
    const char *dialect;      /* how the callback was adapted, for doctor */
    uint32_t call_failure_is_final;
    uint32_t functions;       /* bit n: function n of isc_function is there */
} isc_info;

typedef enum isc_function {
    ISC_FN_INIT = 1, ISC_FN_SHUT_OUT = 2, ISC_FN_LICENSE_FILE = 3, ISC_FN_LICENSE_STRING = 4,
    ISC_FN_LICENSE_VERIFY_NOTIFY = 5, ISC_FN_TRIAL_EXPIRED = 6, ISC_FN_CHECK_NEW_VERSIONS = 7,
    ISC_FN_UPGRADE_NOTIFY = 8, ISC_FN_OPEN_CLOUD_FILE = 9, ISC_FN_SAVE = 10, ISC_FN_SELECT_SAVE_AS_PATH = 11,
    ISC_FN_GET_SOLUTION = 12
} isc_function;

typedef enum isc_event_kind { ISC_EVENT_RETURNED = 1, ISC_EVENT_SDK = 2, ISC_EVENT_LOST = 3 } isc_event_kind;

typedef struct isc_event {
    uint32_t size;
    uint32_t kind;            /* isc_event_kind */
    uint64_t sequence;        /* 1, 2, 3 ... in the order of arrival */
    uint64_t call;            /* RETURNED: the id that the call got */
    int32_t result;           /* RETURNED: isc_status of the call itself; vendor_status says the rest */
    int32_t vendor_status;    /* RETURNED: the vendor's ResultStatus as a number */
    int32_t ok;               /* RETURNED: 1 the SDK reported success, 0 it did not */
    int32_t type;             /* SDK: the vendor's event number */
    uint64_t raised_ns;       /* SDK: steady clock when the callback was entered */
    uint32_t text_length;     /* bytes, without the closing NUL */
    uint32_t text_encoding;   /* 0 UTF-8 (valid), 1 was ANSI and was converted, 2 not decodable: raw bytes */
    const char *text;         /* SDK: information string; until the next isc_wait_events or isc_close */
} isc_event;

ISC_API uint32_t ISC_CALL isc_abi_version(void);
ISC_API uint32_t ISC_CALL isc_struct_size(uint32_t which); /* 1 config, 2 info, 3 event */
ISC_API const char *ISC_CALL isc_status_text(int32_t status);
ISC_API int32_t ISC_CALL isc_open(isc_handle **out, const isc_config *config);
ISC_API int32_t ISC_CALL isc_get_info(isc_handle *handle, isc_info *info);
/* Calls: queued to the shim's one SDK thread, never block; ISC_EVENT_RETURNED brings the outcome. */
ISC_API int32_t ISC_CALL isc_init(isc_handle *handle, uint64_t *call); /* Init, then RegisterEventRecall */
ISC_API int32_t ISC_CALL isc_license_file_request(isc_handle *handle, const char *file_name, const char *dev_info, uint64_t *call);
ISC_API int32_t ISC_CALL isc_license_string_request(isc_handle *handle, const char *dev_info, uint64_t *call);
ISC_API int32_t ISC_CALL isc_license_verify_notify(isc_handle *handle, int32_t verified, const char *error_message, uint64_t *call);
ISC_API int32_t ISC_CALL isc_trial_expired(isc_handle *handle, int32_t license_type, const char *dev_info, const char *file_name, uint64_t *call);
ISC_API int32_t ISC_CALL isc_check_new_versions(isc_handle *handle, uint64_t *call);
ISC_API int32_t ISC_CALL isc_upgrade_notify(isc_handle *handle, int32_t upgrade, uint64_t *call);
ISC_API int32_t ISC_CALL isc_open_cloud_file(isc_handle *handle, uint64_t *call);
ISC_API int32_t ISC_CALL isc_save(isc_handle *handle, const char *path, int32_t assembly, uint64_t *call);
ISC_API int32_t ISC_CALL isc_select_save_as_path(isc_handle *handle, const char *path, int32_t assembly, uint64_t *call);
ISC_API int32_t ISC_CALL isc_get_solution(isc_handle *handle, const char *path, uint64_t *call);
/* Takes up to `capacity` events; waits up to timeout_ms (-1: until one comes or the handle closes). Returns the count >= 0 or a negative status. */
ISC_API int32_t ISC_CALL isc_wait_events(isc_handle *handle, int32_t timeout_ms, isc_event *events, uint32_t capacity);
ISC_API int32_t ISC_CALL isc_shut_out(isc_handle *handle, uint64_t *call);
/* Wakes the waiter, waits for it to leave, ShutOut if Init was made (at most grace_ms), frees the handle. */
ISC_API int32_t ISC_CALL isc_close(isc_handle *handle, int32_t grace_ms);
#ifdef __cplusplus
}
#endif
#endif
