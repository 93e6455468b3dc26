/*
 * iscdesk_c.h: a flat C ABI over IscdeskSdk, the C++ SDK of the ISCDesk client.
 *
 * This header is the manual. A shim library implements it over one SDK: the sandbox's (native/sandbox), or the
 * vendor's, built from the vendor's own headers (docs/sdk-integration.md). Facts about the SDK cite the developer
 * guide as "guide"; what the guide leaves open is said to be so.
 *
 * In short
 *     isc_open          load the SDK
 *     isc_init          queue Init and RegisterEventRecall
 *     isc_save, ...     queue further calls; none of them blocks
 *     isc_wait_events   in a loop, on a thread of its own: what the calls brought and what the SDK raised
 *     isc_close         end the loop, ShutOut, let go
 *
 * Threads
 *     Every function may be called from any thread at any time. Only one thread may be inside isc_wait_events.
 *     All calls into the SDK are made on one thread that belongs to the handle, in the order in which they were
 *     queued. A call that the SDK does not answer blocks that thread and nothing else. On Windows that thread
 *     dispatches window messages between calls, since a DLL made for desktop programs may need it.
 *     No function calls back into the caller. Threads of the SDK only ever copy an event into the handle's queue. So
 *     ShutOut can't happen inside the SDK's callback, where it deadlocks (guide, Sdk::RegisterEventRecall).
 *
 * Strings
 *     All strings given and taken are UTF-8 with a closing NUL, on Windows too. Given ones are copied before the
 *     function returns; NULL counts as empty unless said otherwise. Given strings that are not strictly valid UTF-8
 *     (overlong forms, surrogates) are refused with ISC_ERR_ENCODING.
 *     An SDK with narrow strings in the ANSI code page can't express every path: such a path is refused with
 *     ISC_ERR_ENCODING, and never changed to something similar.
 *
 * Memory
 *     A handle is freed by isc_close and by nothing else. Texts of events belong to the handle, see isc_event.text.
 *     The other strings that functions return are constant and live as long as the process.
 *
 * Errors
 *     Functions that return int32_t return a value of isc_status, or a count where they say so; below zero is an error
 *     and nothing was done. An error of the function ("the call could not be queued") is not an error of the SDK ("the
 *     call failed"): the latter comes with ISC_EVENT_RETURNED. Exceptions of the SDK never leave the shim.
 *
 * Process-wide effects
 *     At most one handle is open in a process: the SDK is one object in its process and has one event receiver.
 *     Neither the shim nor the SDK library is ever unloaded, for threads of the SDK may run in them at any time. Each
 *     isc_init leaves about 100 bytes for ever: the receiver, which must outlive callbacks that come late.
 *     Run the shim in a process of its own (iscbridge.sdk.host does): a crash in the SDK ends the process, and a call
 *     that hangs can only be ended with it.
 *
 * Versions
 *     ISC_ABI_VERSION changes when anything here changes in a way that old callers can't ignore. A caller compares
 *     isc_abi_version() and isc_struct_size() with what it was compiled with before it uses anything else, and ignores
 *     event kinds that it does not know.
 */
#ifndef ISCDESK_C_H
#define ISCDESK_C_H
#include <stdint.h>
#define ISC_ABI_VERSION 1

/* Values of isc_trial_expired's license_type. */
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

/*
 * What a function of this header answers.
 *
 * ISC_OK               Done, or queued.
 * ISC_ERR_ARGUMENT     A required pointer is NULL, a required string empty, a number out of range, or a library path
 *                      not absolute.
 * ISC_ERR_ABI          A struct's size or the ABI version is not that of the shim: compiled with another header.
 * ISC_ERR_LOAD         The SDK's library could not be loaded, or does not offer what the shim expects of it.
 * ISC_ERR_CLOSED       The handle is closed or being closed.
 * ISC_ERR_TIMEOUT      isc_close only: the SDK thread did not come back within the grace and was abandoned.
 * ISC_ERR_ENCODING     A string is not valid UTF-8, or this SDK can't express it.
 * ISC_ERR_UNSUPPORTED  Not with this SDK (it lacks the function), or not now (see each function).
 * ISC_ERR_MEMORY       Out of memory.
 * ISC_ERR_QUEUE_FULL   1024 calls are queued or wait to be fetched as ISC_EVENT_RETURNED.
 * ISC_ERR_INTERNAL     Anything else; as a call's result: the SDK threw an exception.
 */
typedef enum isc_status {
    ISC_OK = 0,
    ISC_ERR_ARGUMENT = -1, ISC_ERR_ABI = -2, ISC_ERR_LOAD = -3, ISC_ERR_CLOSED = -4,
    ISC_ERR_TIMEOUT = -5, ISC_ERR_ENCODING = -6, ISC_ERR_UNSUPPORTED = -7, ISC_ERR_MEMORY = -8,
    ISC_ERR_QUEUE_FULL = -9, ISC_ERR_INTERNAL = -10
} isc_status;

/*
 * An open SDK. Not a pointer to memory: a number that is never given out twice in a process, so that a closed handle is
 * recognised and answered with ISC_ERR_CLOSED.
 */
typedef struct isc_handle isc_handle;

/* What isc_open is told. The caller owns it; nothing of it is kept. */
typedef struct isc_config {
    uint32_t size;            /* sizeof(isc_config) of the caller */
    uint32_t abi_version;     /* ISC_ABI_VERSION of the caller */
    const char *sdk_library;  /* absolute UTF-8 path of the SDK's library; NULL: the one that the shim was built with
                                 (the sandbox shim: iscbridge_sandbox_sdk in the shim's own folder) */
    uint32_t event_capacity;  /* how many events of the SDK may wait to be fetched; 0: 262144. Each takes about 150
                                 bytes and its text, while it waits */
    uint32_t flags;           /* 0; anything else is ISC_ERR_ARGUMENT */
} isc_config;

/* What isc_get_info tells. The caller owns it; its strings are constant while the handle is open. */
typedef struct isc_info {
    uint32_t size;            /* set by the caller: sizeof(isc_info) */
    uint32_t abi_version;     /* ISC_ABI_VERSION of the shim */
    const char *cloud;        /* "sandbox" or "iscdesk": where work goes. Never taken from anything but the build */
    const char *dialect;      /* how events and paths were adapted to the SDK's headers, for people to read */
    uint32_t call_failure_is_final; /* 1: when Save, SelectSaveAsPath or OpenCloudFile returns failure, no event
                                 follows. 0: one may. The guide says neither; a vendor file states it */
    uint32_t functions;       /* bit n is set if function n of isc_function is there */
} isc_info;

/*
 * The SDK's functions, for isc_info.functions. RegisterEventRecall, the thirteenth of the guide, is made with Init.
 * Older copies of the guide lack TrialExpirationAndGetLicense, so an SDK may too.
 */
typedef enum isc_function {
    ISC_FN_INIT = 1, ISC_FN_SHUT_OUT = 2, ISC_FN_LICENSE_FILE = 3, ISC_FN_LICENSE_STRING = 4,
    ISC_FN_LICENSE_VERIFY_NOTIFY = 5, ISC_FN_TRIAL_EXPIRED = 6, ISC_FN_CHECK_NEW_VERSIONS = 7,
    ISC_FN_UPGRADE_NOTIFY = 8, ISC_FN_OPEN_CLOUD_FILE = 9, ISC_FN_SAVE = 10, ISC_FN_SELECT_SAVE_AS_PATH = 11,
    ISC_FN_GET_SOLUTION = 12
} isc_function;

/*
 * ISC_EVENT_RETURNED  A queued call came back. Exactly one for each call, unless the handle is closed before.
 * ISC_EVENT_SDK       The SDK raised an event.
 * ISC_EVENT_LOST      At this place events of the SDK are missing, because nobody fetched them in time (the queue held
 *                     event_capacity events or 256 MiB of text) or memory ran out. Whoever waits for a result must then
 *                     treat it as unknown. RETURNED events are never lost.
 */
typedef enum isc_event_kind { ISC_EVENT_RETURNED = 1, ISC_EVENT_SDK = 2, ISC_EVENT_LOST = 3 } isc_event_kind;

/*
 * One event. The array belongs to the caller, the texts to the handle. Fields that a kind does not name are 0 or empty.
 *
 * Order: events stand in the order in which they came. What the SDK raised before a call returned stands before that
 * call's RETURNED. Events that different threads of the SDK raised at the same time come in either order.
 */
typedef struct isc_event {
    uint32_t size;            /* sizeof(isc_event); the caller sets it in the first element of the array */
    uint32_t kind;            /* isc_event_kind */
    uint64_t sequence;        /* 1, 2, 3 ... in the order of arrival, without gaps (lost events have no number) */
    uint64_t call;            /* RETURNED: the number that the function gave for this call */
    int32_t result;           /* RETURNED: isc_status of the call itself; vendor_status says the rest. ISC_OK: the SDK was
                                 called. ISC_ERR_UNSUPPORTED: it was not, since Init had failed. ISC_ERR_INTERNAL,
                                 ISC_ERR_MEMORY: it threw */
    int32_t vendor_status;    /* RETURNED: the SDK's ResultStatus as a number; 0 if the function returns nothing */
    int32_t ok;               /* RETURNED: 1 the SDK reported success (or returns nothing), 0 it did not */
    int32_t type;             /* SDK: the SDK's event number. Its values are not documented: decode the text's "operate".
                                 LOST: how many events are missing here, as far as known when it was fetched */
    uint64_t raised_ns;       /* SDK: steady clock (std::chrono::steady_clock), in nanoseconds, when the SDK's callback
                                 was entered; to be compared with that clock in the same process only */
    uint32_t text_length;     /* SDK: bytes of text, without the closing NUL */
    uint32_t text_encoding;   /* SDK: 0 text is valid UTF-8 as the SDK gave it (or gave it in wide characters);
                                 1 it came in the ANSI code page and was converted to valid UTF-8;
                                 2 it could not be decoded and text holds the bytes that came. Text that is by chance
                                 valid in both is taken for UTF-8 */
    const char *text;         /* SDK: the information string, documented as JSON, unchecked. Never NULL. Until the next
                                 isc_wait_events or isc_close of this handle */
} isc_event;

/* ISC_ABI_VERSION of the shim. Never fails. */
ISC_API uint32_t ISC_CALL isc_abi_version(void);

/* Size in bytes that the shim has for a struct: 1 isc_config, 2 isc_info, 3 isc_event; 0 for any other number. */
ISC_API uint32_t ISC_CALL isc_struct_size(uint32_t which);

/* English words for an isc_status, for logs; never NULL, constant. */
ISC_API const char *ISC_CALL isc_status_text(int32_t status);

/*
 * Loads the SDK and starts its thread. Connects to nothing yet: that is isc_init. Blocks while the library loads.
 *
 * *out becomes the handle, or NULL on any error.
 * ISC_ERR_ARGUMENT, ISC_ERR_ABI (config), ISC_ERR_ENCODING (sdk_library), ISC_ERR_LOAD, ISC_ERR_MEMORY;
 * ISC_ERR_UNSUPPORTED: another handle of this process is open, or was abandoned by isc_close (then only a new process
 * helps).
 */
ISC_API int32_t ISC_CALL isc_open(isc_handle **out, const isc_config *config);

/* Fills *info, whose size the caller has set. Never blocks. ISC_ERR_ARGUMENT, ISC_ERR_ABI, ISC_ERR_CLOSED. */
ISC_API int32_t ISC_CALL isc_get_info(isc_handle *handle, isc_info *info);

/*
 * The calls. Each queues one call for the SDK thread and returns at once; ISC_EVENT_RETURNED brings the outcome.
 *
 * *call becomes the number of the call, which is 1, 2, 3 ... in a handle, and 0 on error; it is set before the call
 * can return. `call` may be NULL.
 * All of them answer ISC_ERR_ARGUMENT (handle is NULL), ISC_ERR_CLOSED, ISC_ERR_ENCODING, ISC_ERR_QUEUE_FULL,
 * ISC_ERR_MEMORY; ISC_ERR_UNSUPPORTED: the SDK lacks the function, or isc_init was not called before, or isc_shut_out
 * was.
 * If Init fails, calls queued behind it are not made; they return with result ISC_ERR_UNSUPPORTED.
 */

/*
 * Init, then RegisterEventRecall if Init succeeded. Must be the first call (guide, Sdk::Init), and is possible once
 * for a handle. The guide does not say how Init fails, so for an SDK whose Init returns nothing it always succeeds.
 */
ISC_API int32_t ISC_CALL isc_init(isc_handle *handle, uint64_t *call);

/* GetLicenseFileRequest. Both strings may be empty. The answer comes as an event (guide: EVENT_LICENSE_VERIFY). */
ISC_API int32_t ISC_CALL isc_license_file_request(isc_handle *handle, const char *file_name, const char *dev_info,
                                                  uint64_t *call);

/* GetLicenseStringRequest; as above. */
ISC_API int32_t ISC_CALL isc_license_string_request(isc_handle *handle, const char *dev_info, uint64_t *call);

/*
 * LicenseVerifyNotify: the outcome of the software's own check of its licence. verified: 0 it failed, else it
 * succeeded; how that is said to the SDK is stated by the vendor file. error_message may be empty.
 */
ISC_API int32_t ISC_CALL isc_license_verify_notify(isc_handle *handle, int32_t verified, const char *error_message,
                                                   uint64_t *call);

/*
 * TrialExpirationAndGetLicense. license_type: ISC_LICENSE_FILE or ISC_LICENSE_STRING, else ISC_ERR_ARGUMENT. The guide
 * prints the enumerator LICENSE_TYPE_FILE only; ISC_LICENSE_STRING is ISC_ERR_UNSUPPORTED unless the SDK's headers
 * have LICENSE_TYPE_STRING. dev_info and file_name may be empty.
 */
ISC_API int32_t ISC_CALL isc_trial_expired(isc_handle *handle, int32_t license_type, const char *dev_info,
                                           const char *file_name, uint64_t *call);

/* CheckNewVersions. */
ISC_API int32_t ISC_CALL isc_check_new_versions(isc_handle *handle, uint64_t *call);

/* UpgradeNotify, after an upgrade that is not forced was offered: upgrade 0 no, else yes. */
ISC_API int32_t ISC_CALL isc_upgrade_notify(isc_handle *handle, int32_t upgrade, uint64_t *call);

/* OpenCloudFile: the desk lets its user pick a file. The guide names no event for a picker that was cancelled. */
ISC_API int32_t ISC_CALL isc_open_cloud_file(isc_handle *handle, uint64_t *call);

/*
 * Save. path: absolute path of a file (assembly 0) or of an assembly folder (assembly not 0), handed over as it is;
 * NULL or empty is ISC_ERR_ARGUMENT. The result comes as an event that names no file (guide: EVENT_SAVE_RESULT), so
 * have one transfer in flight at a time.
 */
ISC_API int32_t ISC_CALL isc_save(isc_handle *handle, const char *path, int32_t assembly, uint64_t *call);

/* SelectSaveAsPath: the desk asks its user where to. Arguments and result as with isc_save. */
ISC_API int32_t ISC_CALL isc_select_save_as_path(isc_handle *handle, const char *path, int32_t assembly,
                                                 uint64_t *call);

/* GetSolution. path as with isc_save. The guide documents neither result nor event. */
ISC_API int32_t ISC_CALL isc_get_solution(isc_handle *handle, const char *path, uint64_t *call);

/*
 * Takes up to `capacity` events into `events`; waits up to timeout_ms for the first (0: does not wait; below 0: until
 * one comes or the handle closes). The texts of the events that the last call took end with this call.
 *
 * Returns how many were taken: 0 if none came in time.
 * ISC_ERR_ARGUMENT: events is NULL or capacity 0. ISC_ERR_ABI: events[0].size is not the shim's. ISC_ERR_CLOSED: the
 * handle is closed, or is being closed by another thread while this one waits. ISC_ERR_UNSUPPORTED: another thread is
 * waiting. ISC_ERR_MEMORY.
 */
ISC_API int32_t ISC_CALL isc_wait_events(isc_handle *handle, int32_t timeout_ms, isc_event *events,
                                         uint32_t capacity);

/*
 * Queues ShutOut: leaves the desk, after the calls queued before. Afterwards only isc_wait_events, isc_get_info and
 * isc_close are possible. isc_close makes ShutOut if this was not called; call it to hear the outcome.
 */
ISC_API int32_t ISC_CALL isc_shut_out(isc_handle *handle, uint64_t *call);

/*
 * Closes the handle: refuses new calls, drops queued ones, wakes the thread in isc_wait_events and waits for it to
 * leave, waits for the call that the SDK is working on, makes ShutOut if Init succeeded and ShutOut was not made, ends
 * the SDK thread. Events and texts not fetched by then are gone. The handle is closed whatever is returned.
 *
 * grace_ms bounds the wait for the SDK (below 0: no bound). When it passes, the SDK thread is abandoned: it goes on
 * inside the SDK, makes no further call there, and what it and the handle hold is freed when it comes back, or never.
 * Then ISC_ERR_TIMEOUT is returned and no new handle can be opened in this process.
 * Callbacks that the SDK makes after this find a closed queue and do nothing.
 * ISC_ERR_ARGUMENT: handle is NULL. ISC_ERR_CLOSED: it is closed already, or another thread is closing it.
 */
ISC_API int32_t ISC_CALL isc_close(isc_handle *handle, int32_t grace_ms);
#ifdef __cplusplus
}
#endif
#endif
