/*
 * iscbridge_client.h: client library of ISCBridge, for hosts in C, C++, C#, Delphi and whatever else calls C.
 *
 * This header is the manual. docs/protocol.md says what the requests mean; docs/hosts.md has an example.
 *
 * In short
 *     iscb_create        a client; nothing is connected yet
 *     iscb_connect       finds the bridge, or starts it; every other call does so, too
 *     iscb_save, ...     ask; they return as soon as the bridge has the job in its journal, which takes milliseconds
 *     iscb_wait_event    what became of it, from a timer of the host; or a callback, see iscb_config.on_event
 *     iscb_close         lets go; jobs of the bridge go on
 *
 * Threads
 *     Every function may be called from any thread at any time, also inside a callback. A client has one thread of its
 *     own that connects, reads and writes, and a second one if there is a callback. No lock is held during a callback.
 *     A callback that waits holds up later events and nothing else.
 *     After fork() a client is not usable in the child. Close every client before the library is unloaded.
 *
 * Time
 *     No function waits longer than its timeout_ms. ISCB_TIMEOUT_DEFAULT stands for the client's own
 *     (iscb_config.timeout_ms); 0 looks and does not wait; other values below 0 are ISCB_ERR_ARGUMENT.
 *     ISCB_ERR_TIMEOUT says that the answer did not come; what was asked may still happen.
 *
 * Connection
 *     A lost connection is made again in the background, after 0.5 s, 1 s, 2 s ... at most 30 s, and at once when a call
 *     needs it. What was asked and not answered is asked once more on the new connection if that is safe: iscb_save,
 *     iscb_save_as, iscb_open and iscb_solve (by their request id: it stays one job), and whatever only reads.
 *     Others end with ISCB_ERR_LOST. Afterwards the library asks for each job of this client that was not final, and
 *     tells what changed meanwhile as events. What is put to the bridge while none runs ends with
 *     ISCB_ERR_NOT_RUNNING at once, unless one can be started.
 *
 * Strings
 *     UTF-8 with a closing NUL, on Windows too, paths included. Given ones are copied before the function returns. One
 *     that is not strictly valid UTF-8 is refused with ISCB_ERR_ENCODING. In texts that come from the bridge a NUL and
 *     half a surrogate pair are replaced by U+FFFD; `json` members hold the bridge's own text as it came.
 *
 * Memory
 *     What a function returns through a pointer to a pointer is the caller's, and is freed with iscb_free: the whole
 *     with one call, texts and inner structs included. It stays valid after iscb_close. Constant strings live as long
 *     as the process. An event given to a callback is the library's, and ends with the callback.
 *     The library keeps at most iscb_config.event_capacity events (16 MiB), 4096 jobs, 1024 posted requests, and one
 *     message of the bridge (32 MiB).
 *
 * Errors
 *     Functions return a value of iscb_status: below zero is an error. Where there is a parameter `error`, it may be
 *     NULL; else *error becomes NULL, or with every error but ISCB_ERR_MEMORY the details, to be freed.
 *     Every *out parameter is set to NULL first. No exception leaves the library.
 *
 * Structs
 *     The first member of every struct is its size in bytes. Structs grow at their end only: the caller sets `size` of
 *     those that it gives, and reads of those that it gets no more than their `size` says. Members of what is given that
 *     are 0 have their default.
 *
 * Enumerations grow, too: a value that a caller does not know is to be treated as the enumeration's value 0.
 *
 * Security
 *     Before anything is sent the owner of the program at the other end is checked: it must be this user. A bridge is
 *     started only from a process that is not elevated (Windows: the full one of an administrator's two tokens, or the
 *     system's own account; elsewhere: set-user-id, or root by way of sudo or pkexec), and only inside a call that
 *     needs it. Where User Account Control is off there is but one token, and a bridge is started.
 *
 * Other languages
 *     On Windows functions and callback are __cdecl. C++17: iscbridge_client.hpp; C#: native/bindings/csharp. VBA can't
 *     call __cdecl in 32 bit and has neither UTF-8 nor callbacks on other threads: it has native/bindings/vba.
 *
 * Versions
 *     ISCB_ABI_VERSION changes when anything here changes in a way that old callers can't ignore.
 */
#ifndef ISCBRIDGE_CLIENT_H
#define ISCBRIDGE_CLIENT_H
#include <stdint.h>
#define ISCB_ABI_VERSION 1
#define ISCB_TIMEOUT_DEFAULT (-1)

#ifdef __cplusplus
extern "C" {
#endif
#ifdef _WIN32
#  define ISCB_CALL __cdecl
#  if defined(ISCB_STATIC)
#    define ISCB_API
#  elif defined(ISCB_BUILD)
#    define ISCB_API __declspec(dllexport)
#  else
#    define ISCB_API __declspec(dllimport)
#  endif
#else
#  define ISCB_CALL
#  define ISCB_API __attribute__((visibility("default")))
#endif

/*
 * What a function of this header answers.
 *
 * ISCB_OK                 Done.
 * ISCB_ERR_ARGUMENT       A required pointer is NULL, a required text empty, a number out of range, or JSON that is no
 *                         object.
 * ISCB_ERR_ABI            The config's size or ABI version is not one that this library knows.
 * ISCB_ERR_MEMORY         Out of memory.
 * ISCB_ERR_CLOSED         The client is closed, or was closed while the call waited.
 * ISCB_ERR_TIMEOUT        No answer in the given time.
 * ISCB_ERR_NOT_RUNNING    No bridge runs, and none was to be started or came up in time.
 * ISCB_ERR_FOREIGN_OWNER  What sits at the bridge's address belongs to another user. Nothing was sent.
 * ISCB_ERR_LOST           The connection ended before the answer came; what was asked may have happened.
 * ISCB_ERR_REFUSED        The bridge answered with an error: iscb_error has its code and its words.
 * ISCB_ERR_PROTOCOL       What came is not the bridge's protocol, or no version that both speak.
 * ISCB_ERR_ENCODING       A given text is not valid UTF-8.
 * ISCB_ERR_TOO_LARGE      The request would be larger than the bridge takes. Long lists of files go into a manifest.
 * ISCB_ERR_FULL           1024 posted requests have no answer yet.
 * ISCB_ERR_START          The bridge could not be started with iscb_config.start_command, or ended at once.
 * ISCB_ERR_UNSUPPORTED    iscb_wait_event with a client that has a callback.
 * ISCB_ERR_INTERNAL       Anything else.
 */
typedef enum iscb_status {
    ISCB_OK = 0,
    ISCB_ERR_ARGUMENT = -1, ISCB_ERR_ABI = -2, ISCB_ERR_MEMORY = -3, ISCB_ERR_CLOSED = -4, ISCB_ERR_TIMEOUT = -5,
    ISCB_ERR_NOT_RUNNING = -6, ISCB_ERR_FOREIGN_OWNER = -7, ISCB_ERR_LOST = -8, ISCB_ERR_REFUSED = -9,
    ISCB_ERR_PROTOCOL = -10, ISCB_ERR_ENCODING = -11, ISCB_ERR_TOO_LARGE = -12, ISCB_ERR_FULL = -13,
    ISCB_ERR_START = -14, ISCB_ERR_UNSUPPORTED = -15, ISCB_ERR_INTERNAL = -16
} iscb_status;

/*
 * A client. Not a pointer to memory: a number that is never given out twice in a process, so that a closed client is
 * recognised and answered with ISCB_ERR_CLOSED.
 */
typedef struct iscb_client iscb_client;

/* Whether the same may be tried again, as the bridge says: no; later; once the remedy was carried out. */
typedef enum iscb_retry { ISCB_RETRY_NO = 0, ISCB_RETRY_SAME = 1, ISCB_RETRY_AFTER_FIX = 2 } iscb_retry;

/* What went wrong. Show title, message and remedy to the person; decide by code. Texts are never NULL. */
typedef struct iscb_error {
    uint32_t size;
    int32_t status;         /* iscb_status; in a job or a licence: ISCB_ERR_REFUSED */
    int32_t retry;          /* iscb_retry */
    const char *code;       /* "ISCB-FILE-MISSING" ...: docs/protocol.md, section 10 */
    const char *title;
    const char *message;
    const char *remedy;     /* may be empty */
    const char *request_id; /* of iscb_save and its like: give it again to repeat; else empty */
    const char *json;       /* the bridge's error object; empty if the error is the library's own */
} iscb_error;

/* States of a job; docs/protocol.md, section 6. 0 is a state of a later version: look at state_text. */
typedef enum iscb_job_state {
    ISCB_JOB_OTHER = 0, ISCB_JOB_ACCEPTED = 1, ISCB_JOB_CAPTURED = 2, ISCB_JOB_WAITING = 3, ISCB_JOB_SUBMITTED = 4,
    ISCB_JOB_DONE = 5, ISCB_JOB_FAILED = 6, ISCB_JOB_REFUSED = 7, ISCB_JOB_CANCELLED = 8, ISCB_JOB_REPLACED = 9,
    ISCB_JOB_UNKNOWN = 10   /* handed over, and no certain result came: ask the person, then iscb_job_resolve */
} iscb_job_state;

/* One Save, Save-as, Open or Solve. Texts that are absent are empty, never NULL. */
typedef struct iscb_job {
    uint32_t size;
    int32_t state;              /* iscb_job_state */
    int32_t is_final;           /* 1: it changes no more by itself */
    int32_t assembly;           /* 1: asked for as an assembly */
    int64_t files;              /* files in its snapshot, 0 while there is none */
    int64_t bytes;              /* bytes in its snapshot */
    int64_t attempts;           /* hand-overs so far */
    const char *job;            /* its id */
    const char *kind;           /* "save", "saveAs", "open", "solve" */
    const char *state_text;     /* "accepted" ... */
    const char *reason;         /* ISCB_JOB_WAITING: "turn", "dialog" ... */
    const char *path;           /* as the host gave it */
    const char *cloud;          /* "iscdesk", or "sandbox": show it */
    const char *handed_path;    /* the path given to ISCDesk */
    const char *result_path;    /* open: what was delivered; for an assembly its folder */
    const char *replaced_by;    /* ISCB_JOB_REPLACED: the job that stands for it */
    const char *request_id;
    const iscb_error *error;    /* why it is failed, refused or unknown; else NULL */
    const char *json;           /* the whole job object */
} iscb_job;

/* What the bridge knows of a file. */
typedef struct iscb_file {
    uint32_t size;
    int32_t busy;               /* 1: a save of it is not final */
    int32_t opened;             /* 1: it came from the cloud */
    int32_t read_only;          /* 1: it came checked in and opened only: it can't be saved */
    const char *path;           /* as it was asked */
    const iscb_job *job;        /* its newest save; NULL: none */
    const char *json;
} iscb_file;

/* What a product may do now. Decide by the three permissions, never by the name of the state. */
typedef struct iscb_license {
    uint32_t size;
    int32_t managed;            /* 0: no vendor's policy names the product, and nothing is restricted */
    int32_t new_save;           /* 1: save, save-as and solve may begin */
    int32_t opened_save;        /* 1: files opened before the licence stopped may be saved */
    int32_t open;               /* 1: opening may begin */
    int32_t checking;           /* 1: it is being checked now */
    int32_t days_left;          /* -1: not told */
    const char *product;
    const char *state;          /* "active" ... */
    const char *notice;         /* to be shown if there is no error; may be empty */
    const char *renew_url;      /* may be empty */
    const iscb_error *error;    /* why new cloud work is not allowed; else NULL */
    const char *json;
} iscb_license;

/*
 * ISCB_EVENT_CONNECTED  There is a connection; json is the answer to hello.
 * ISCB_EVENT_LOST       The connection ended. It is made again in the background.
 * ISCB_EVENT_JOB        A job of this client changed: job. The same state may be told twice.
 * ISCB_EVENT_OPENED     A file came from the cloud: path, read_only; json as of `file.opened`.
 * ISCB_EVENT_LICENSE    A licence changed: license.
 * ISCB_EVENT_ANSWER     The answer to an iscb_post: user_data, status, and json (its result), or error. job, too, if
 *                       the answer is a job object.
 * ISCB_EVENT_DROPPED    Nobody took the events in time: `dropped` of them are missing at this place.
 * ISCB_EVENT_OTHER      Another notification: topic and json (`upgrade.announced`, `license.received`,
 *                       `bridge.closing` ...), and whatever later versions have. Ignore topics that you don't know.
 */
typedef enum iscb_event_kind {
    ISCB_EVENT_OTHER = 0, ISCB_EVENT_CONNECTED = 1, ISCB_EVENT_LOST = 2, ISCB_EVENT_JOB = 3, ISCB_EVENT_OPENED = 4,
    ISCB_EVENT_LICENSE = 5, ISCB_EVENT_ANSWER = 6, ISCB_EVENT_DROPPED = 7
} iscb_event_kind;

/* One event. Members that a kind does not name are 0, NULL or empty. Events of a job come in the order of its changes. */
typedef struct iscb_event {
    uint32_t size;
    int32_t kind;                 /* iscb_event_kind */
    int32_t status;               /* ISCB_EVENT_ANSWER: iscb_status */
    int32_t read_only;            /* ISCB_EVENT_OPENED */
    uint64_t user_data;           /* ISCB_EVENT_ANSWER: as given to iscb_post */
    uint64_t dropped;             /* ISCB_EVENT_DROPPED */
    const char *topic;            /* method of the notification; of ISCB_EVENT_ANSWER: of the request */
    const char *path;             /* ISCB_EVENT_OPENED */
    const iscb_job *job;
    const iscb_license *license;
    const iscb_error *error;
    const char *json;
} iscb_event;

/*
 * Called for every event, one at a time, on a thread of the library. The event ends with the call. A GUI must be left
 * alone from here: hand over to the host's own thread. Every function of this header may be called; a function that
 * waits holds up later events.
 */
typedef void(ISCB_CALL *iscb_event_callback)(const iscb_event *event, void *user_data);

/* What iscb_create is told. The caller owns it; nothing of it is kept. */
typedef struct iscb_config {
    uint32_t size;                /* sizeof(iscb_config) */
    uint32_t abi_version;         /* ISCB_ABI_VERSION */
    const char *host;             /* required: name of the application, shown to people */
    const char *host_version;     /* its version */
    const char *product;          /* licensed product that it is */
    const char *language;         /* of texts: "en" (default) or "zh"; of a closed client's they are English */
    const char *instance;         /* names the running host: 8 to 64 of A-Z a-z 0-9 . _ : -; NULL: drawn. Keep one on disk
                                     to repeat requests after the host's own restart */
    const char *address;          /* where the bridge listens; NULL: that of the profile `home` */
    const char *home;             /* folder of the profile; NULL: ISCBRIDGE_HOME, else this user's */
    const char *const *start_command; /* program and arguments, ended by NULL: starts a bridge if none runs, such as
                                     {"/usr/bin/iscbridge", "serve", NULL}. The program is an absolute path. It gets the
                                     caller's environment (and ISCBRIDGE_HOME, if `home` is given), no window and no
                                     open files, and outlives the caller. NULL: no bridge is started */
    int32_t timeout_ms;           /* stands for ISCB_TIMEOUT_DEFAULT; 0: 10000 */
    uint32_t event_capacity;      /* events that may wait to be taken; 0: 10000. When they are too many, or more than
                                     16 MiB, the oldest are dropped (ISCB_EVENT_DROPPED) */
    iscb_event_callback on_event; /* NULL: events wait for iscb_wait_event */
    void *user_data;              /* for on_event */
    int32_t all;                  /* 1: jobs and licences of every host, not only of this one */
    uint32_t flags;               /* 0; anything else is ISCB_ERR_ARGUMENT */
} iscb_config;

/* What iscb_save and iscb_save_as are told. The caller owns it; nothing of it is kept. */
typedef struct iscb_save_options {
    uint32_t size;                /* sizeof(iscb_save_options) */
    int32_t assembly;             /* 1: with every file it depends on */
    int32_t force;                /* 1: try although it is known to be opened read-only */
    uint32_t file_count;          /* assembly only: all its files, if the host knows better than the file tells */
    const char *const *files;
    const char *manifest;         /* the same as a file, for lists too long for a message; docs/protocol.md, section 5 */
    const char *request_id;       /* makes it safe to repeat the call itself; NULL: drawn */
    const char *product;          /* instead of the config's */
} iscb_save_options;

/* ISCB_ABI_VERSION of the library. Never fails. */
ISCB_API uint32_t ISCB_CALL iscb_abi_version(void);

/* Size in bytes that the library has for a struct: 1 iscb_config, 2 iscb_save_options, 3 iscb_error, 4 iscb_job,
 * 5 iscb_file, 6 iscb_license, 7 iscb_event; 0 for any other number. For bindings that declare them anew. */
ISCB_API uint32_t ISCB_CALL iscb_struct_size(uint32_t which);

/* English words for an iscb_status, for logs; never NULL, constant. */
ISCB_API const char *ISCB_CALL iscb_status_text(int32_t status);

/* Frees what a function of this header gave through a pointer to a pointer. NULL does nothing. */
ISCB_API void ISCB_CALL iscb_free(void *given);

/*
 * Where the bridge of a profile listens; home as in iscb_config. Touches the disk, does not connect.
 * ISCB_ERR_ARGUMENT (address is NULL), ISCB_ERR_ENCODING, ISCB_ERR_MEMORY, ISCB_ERR_INTERNAL.
 */
ISCB_API int32_t ISCB_CALL iscb_find_address(const char *home, char **address);

/*
 * Makes a client and its threads. Connects to nothing: that does the first call that needs it, or iscb_connect. Does
 * not wait.
 * *client becomes the client; NULL on any error. Config texts are limited as docs/protocol.md, section 5 says; the
 * bridge refuses the hello if they are not.
 * ISCB_ERR_ARGUMENT, ISCB_ERR_ABI, ISCB_ERR_ENCODING, ISCB_ERR_MEMORY, ISCB_ERR_INTERNAL (no thread to be had).
 */
ISCB_API int32_t ISCB_CALL iscb_create(const iscb_config *config, iscb_client **client);

/*
 * Closes the client: every call that waits on it, in any thread, ends with ISCB_ERR_CLOSED; events not taken are gone;
 * the connection ends. Jobs of the bridge go on.
 *
 * When it has returned ISCB_OK, no callback runs or will run. Called inside a callback of this client it does not wait
 * for that callback, which is the last one then: user_data must live until it returns, and the library stay loaded.
 * timeout_ms bounds the wait for a callback of another thread. When it passes, ISCB_ERR_TIMEOUT is returned: that
 * callback is the last one, and what it holds is freed when it returns. The client is closed whatever is returned.
 * ISCB_ERR_ARGUMENT: client is NULL, or timeout_ms (then it is not closed). ISCB_ERR_CLOSED: it is closed already, or
 * another thread is closing it.
 */
ISCB_API int32_t ISCB_CALL iscb_close(iscb_client *client, int32_t timeout_ms);

/*
 * Makes sure that there is a connection: finds the bridge, or starts it. Once there was one, it is made again in the
 * background when it is lost. *hello, which may be NULL, becomes the bridge's answer to hello as JSON.
 * Any error that stands with a connection: NOT_RUNNING, START, FOREIGN_OWNER, PROTOCOL, REFUSED, TIMEOUT, LOST; CLOSED,
 * ARGUMENT, MEMORY. The same errors are possible with every function below.
 */
ISCB_API int32_t ISCB_CALL iscb_connect(iscb_client *client, int32_t timeout_ms, char **hello, iscb_error **error);

/* 1: there is a connection, as far as is known; 0: there is none. ISCB_ERR_CLOSED. Never waits. */
ISCB_API int32_t ISCB_CALL iscb_is_connected(iscb_client *client);

/*
 * Save a file or an assembly to the cloud. Save the document locally first: the bridge reads it from the disk. path is
 * absolute. Returns when the job is in the bridge's journal: from then on it is not forgotten, whatever crashes. The
 * host may change the file again when the job is ISCB_JOB_CAPTURED. options may be NULL; job may be NULL.
 * After ISCB_ERR_TIMEOUT or ISCB_ERR_LOST repeat it with error->request_id: it stays one job.
 */
ISCB_API int32_t ISCB_CALL iscb_save(iscb_client *client, const char *path, const iscb_save_options *options,
                                     int32_t timeout_ms, iscb_job **job, iscb_error **error);

/* Save under another name: ISCDesk asks the person where. Otherwise as iscb_save. */
ISCB_API int32_t ISCB_CALL iscb_save_as(iscb_client *client, const char *path, const iscb_save_options *options,
                                        int32_t timeout_ms, iscb_job **job, iscb_error **error);

/*
 * Let the person pick a file of the cloud in ISCDesk. ISCB_EVENT_OPENED tells where it was put, and so does the job.
 * request_id and product may be NULL.
 */
ISCB_API int32_t ISCB_CALL iscb_open(iscb_client *client, const char *request_id, const char *product,
                                     int32_t timeout_ms, iscb_job **job, iscb_error **error);

/* Hand a file to the solver of the cloud. request_id and product may be NULL. */
ISCB_API int32_t ISCB_CALL iscb_solve(iscb_client *client, const char *path, const char *request_id,
                                      const char *product, int32_t timeout_ms, iscb_job **job, iscb_error **error);

/* A job as it is now. */
ISCB_API int32_t ISCB_CALL iscb_job_get(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                                        iscb_error **error);

/*
 * Waits until a job is final. Outlasts lost connections and restarts of the bridge. With ISCB_ERR_TIMEOUT *job is the
 * job as it was last seen, or NULL. For scripts: a host with a window takes events.
 */
ISCB_API int32_t ISCB_CALL iscb_job_wait(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                                         iscb_error **error);

/* Take a job back, see `job.cancel`. */
ISCB_API int32_t ISCB_CALL iscb_job_cancel(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                                           iscb_error **error);

/* Do a job again that ended without success, see `job.retry`. */
ISCB_API int32_t ISCB_CALL iscb_job_retry(iscb_client *client, const char *job_id, int32_t timeout_ms, iscb_job **job,
                                          iscb_error **error);

/* The person's answer to a job in ISCB_JOB_UNKNOWN: repeat 1, or dismiss 0. See `job.resolve`. */
ISCB_API int32_t ISCB_CALL iscb_job_resolve(iscb_client *client, const char *job_id, int32_t repeat, int32_t timeout_ms,
                                            iscb_job **job, iscb_error **error);

/* What the bridge knows of a file. It may wait 5 s for a slow drive. */
ISCB_API int32_t ISCB_CALL iscb_file_status(iscb_client *client, const char *path, int32_t timeout_ms, iscb_file **file,
                                            iscb_error **error);

/* What a product may do now; answered from memory. product NULL: the config's. Ask it once when the host starts. */
ISCB_API int32_t ISCB_CALL iscb_license_check(iscb_client *client, const char *product, int32_t timeout_ms,
                                              iscb_license **license, iscb_error **error);

/*
 * Bind a licence code that a person typed; NULL: the one that the bridge keeps already. Forget the code afterwards: it
 * must never be written anywhere. The answer may take 90 s: give it 100000.
 */
ISCB_API int32_t ISCB_CALL iscb_license_activate(iscb_client *client, const char *product, const char *code,
                                                 int32_t timeout_ms, iscb_license **license, iscb_error **error);

/*
 * Give the seat of a vendor's relay back. product NULL: the config's. The answer may take 90 s: give it 100000.
 */
ISCB_API int32_t ISCB_CALL iscb_license_release(iscb_client *client, const char *product, int32_t timeout_ms,
                                                iscb_license **license, iscb_error **error);

/* As iscb_license_activate; if every seat is taken, that of another machine is taken over. */
ISCB_API int32_t ISCB_CALL iscb_license_transfer(iscb_client *client, const char *product, const char *code,
                                                 int32_t timeout_ms, iscb_license **license, iscb_error **error);

/*
 * Begin the sign-in of a person. *url becomes the page: open it in the system's browser at once, show it to nobody else
 * and keep it nowhere. What comes of it is told by ISCB_EVENT_LICENSE (`signIn` in its json). Give it 100000.
 */
ISCB_API int32_t ISCB_CALL iscb_license_sign_in(iscb_client *client, const char *product, int32_t timeout_ms,
                                                char **url, iscb_error **error);

/*
 * Sign the person out. *url, which may be NULL, becomes a page at which the browser forgets them too, or is empty. Give it
 * 100000.
 */
ISCB_API int32_t ISCB_CALL iscb_license_sign_out(iscb_client *client, const char *product, int32_t timeout_ms,
                                                 char **url, iscb_error **error);

/* What the bridge says of itself: the result of `bridge.status` as JSON. */
ISCB_API int32_t ISCB_CALL iscb_bridge_status(iscb_client *client, int32_t timeout_ms, char **status,
                                              iscb_error **error);

/*
 * Any request of docs/protocol.md but `bridge.hello`. params: its parameters as a JSON object; NULL: none. *result,
 * which may be NULL, becomes the JSON of the result. Asked again on a new connection only if the method is one that
 * only reads, or has a requestId among its parameters.
 */
ISCB_API int32_t ISCB_CALL iscb_request(iscb_client *client, const char *method, const char *params,
                                        int32_t timeout_ms, char **result, iscb_error **error);

/*
 * The same without waiting: the outcome comes as ISCB_EVENT_ANSWER with this user_data, exactly once unless the client
 * is closed or the event dropped, and after timeout_ms at the latest. Possible errors: ARGUMENT, ENCODING, TOO_LARGE,
 * FULL, CLOSED, MEMORY.
 */
ISCB_API int32_t ISCB_CALL iscb_post(iscb_client *client, const char *method, const char *params, int32_t timeout_ms,
                                     uint64_t user_data);

/*
 * The oldest event that was not taken; waits up to timeout_ms for one. Several threads may wait: each event goes to one.
 * Returns 1 and *event, or 0 if none came in time. ISCB_ERR_ARGUMENT, ISCB_ERR_CLOSED, ISCB_ERR_UNSUPPORTED (there is a
 * callback), ISCB_ERR_MEMORY.
 */
ISCB_API int32_t ISCB_CALL iscb_wait_event(iscb_client *client, int32_t timeout_ms, iscb_event **event);
#ifdef __cplusplus
}
#endif
#endif
