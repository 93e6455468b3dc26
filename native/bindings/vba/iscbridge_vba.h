/*
 * iscbridge_vba.h: the client library for VBA, and for whatever else has UTF-16 texts and no structs or callbacks.
 * IscBridge.bas declares it; this header is its manual.
 *
 * Why it is there: 32-bit VBA calls stdcall functions only (those of iscbridge_client.h are cdecl), has no UTF-8, and a
 * callback on a foreign thread ends the application. So: stdcall, UTF-16, numbers and texts, polling. On x64 there is
 * but one calling convention, and the same declarations hold.
 *
 * A client is a number above 0. Functions answer a number, 0 or above, or an iscb_status below 0; the words for it, and
 * whatever else is a text, are fetched with iscb_vba_text afterwards, until the next call with the same client
 * replaces them. Clients may be used by several threads, but then "the last call" is that of whichever thread.
 *
 * timeout_ms: as in iscbridge_client.h; -1 is 10 s. A macro waits with the window standing still: give it little, and
 * ask again.
 */
#ifndef ISCBRIDGE_VBA_H
#define ISCBRIDGE_VBA_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef _WIN32
#  define ISCB_VBA_CALL __stdcall
#else
#  define ISCB_VBA_CALL
#endif

/* UTF-16 with a closing NUL: wchar_t of Windows; StrPtr(text) of VBA. */
typedef uint16_t iscb_vba_char;

/* What iscb_vba_text gives. Absent ones are empty. */
typedef enum iscb_vba_which {
    ISCB_VBA_ERROR_CODE = 1,    /* of the last call that failed, or of the last job that it told */
    ISCB_VBA_ERROR_TITLE = 2,
    ISCB_VBA_ERROR_MESSAGE = 3,
    ISCB_VBA_ERROR_REMEDY = 4,
    ISCB_VBA_JOB = 5,           /* id of the last job that was told */
    ISCB_VBA_JOB_STATE = 6,
    ISCB_VBA_JOB_PATH = 7,
    ISCB_VBA_JOB_RESULT = 8,    /* what an Open delivered */
    ISCB_VBA_JOB_CLOUD = 9,
    ISCB_VBA_NOTICE = 10,       /* of the last licence that was told */
    ISCB_VBA_RENEW_URL = 11,
    ISCB_VBA_REQUEST_ID = 12,   /* of the last save and its like, also if it failed: give it again to repeat */
    ISCB_VBA_RESULT = 13        /* of the last iscb_vba_request */
} iscb_vba_which;

/* Permissions of iscb_vba_license, added up. */
#define ISCB_VBA_MAY_SAVE_NEW 1
#define ISCB_VBA_MAY_SAVE_OPENED 2
#define ISCB_VBA_MAY_OPEN 4

/* A client, or an error, whose words client 0 has. product, language ("en" or "zh") and address (NULL: that of this
 * user's bridge) may be NULL. It connects to nothing yet. Without an address a call that needs the bridge starts it if
 * none runs and it is known how (docs/drop-in.md, "Finding the library and the bridge"); that takes seconds, so that the
 * first call may end with ISCB_ERR_TIMEOUT: ask again. */
int32_t ISCB_VBA_CALL iscb_vba_create(const iscb_vba_char *host, const iscb_vba_char *product,
                                      const iscb_vba_char *language, const iscb_vba_char *address);

/* Closes a client; jobs of the bridge go on. Its texts are gone. */
int32_t ISCB_VBA_CALL iscb_vba_close(int32_t client);

/* 0: there is a connection. */
int32_t ISCB_VBA_CALL iscb_vba_connect(int32_t client, int32_t timeout_ms);

/* Save what lies on the disk; assembly 1: with every file that it depends on. The answer is the job's iscb_job_state,
 * and ISCB_VBA_JOB its id. request_id may be NULL. */
int32_t ISCB_VBA_CALL iscb_vba_save(int32_t client, const iscb_vba_char *path, int32_t assembly,
                                    const iscb_vba_char *request_id, int32_t timeout_ms);

/* The same under another name: ISCDesk asks the person. */
int32_t ISCB_VBA_CALL iscb_vba_save_as(int32_t client, const iscb_vba_char *path, int32_t assembly,
                                       const iscb_vba_char *request_id, int32_t timeout_ms);

/* Let the person pick a file of the cloud. */
int32_t ISCB_VBA_CALL iscb_vba_open(int32_t client, int32_t timeout_ms);

/* A job as it is now: its iscb_job_state. */
int32_t ISCB_VBA_CALL iscb_vba_job(int32_t client, const iscb_vba_char *job, int32_t timeout_ms);

/* Whether the last job that was told changes no more by itself: 1 or 0. */
int32_t ISCB_VBA_CALL iscb_vba_is_final(int32_t client);

/* Take a job back. */
int32_t ISCB_VBA_CALL iscb_vba_cancel(int32_t client, const iscb_vba_char *job, int32_t timeout_ms);

/* The person's answer to a job in ISCB_JOB_UNKNOWN: repeat 1, or dismiss 0. */
int32_t ISCB_VBA_CALL iscb_vba_resolve(int32_t client, const iscb_vba_char *job, int32_t repeat, int32_t timeout_ms);

/* What a product may do now (NULL: that of the client): permissions. If one is missing, the error texts say why. */
int32_t ISCB_VBA_CALL iscb_vba_license(int32_t client, const iscb_vba_char *product, int32_t timeout_ms);

/* Any request of docs/protocol.md, in JSON. 0, and ISCB_VBA_RESULT is the answer's JSON. */
int32_t ISCB_VBA_CALL iscb_vba_request(int32_t client, const iscb_vba_char *method, const iscb_vba_char *params,
                                       int32_t timeout_ms);

/* A text: the number of UTF-16 units that it has without the NUL. It is written to buffer, with a NUL, if buffer is not
 * NULL and `room` units hold it; else buffer stays as it is. */
int32_t ISCB_VBA_CALL iscb_vba_text(int32_t client, int32_t which, iscb_vba_char *buffer, int32_t room);

#ifdef __cplusplus
}
#endif
#endif
