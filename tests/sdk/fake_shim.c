/* A shim with a script: the C ABI of iscdesk_c.h without any SDK behind it, for tests of what stands above it.
 *
 * What each call does is said by environment variables, actions separated by ';' and carried out in order:
 *   FAKE_INIT, FAKE_SAVE, FAKE_SHUT_OUT ... (see function_names)
 *     ok | fail N | status N     how the call returns (at most one, default ok)
 *     event TEXT | file PATH     raise an event with this information string, or with the bytes of a file
 *     burst N                    raise N numbered events
 *     paced N US                 raise N events, US microseconds apart, each with the time of its raising
 *     later MS TEXT              raise an event from another thread, after the call has returned
 *     lost                       say that events were lost
 *     sleep MS | hang            the SDK's own thread waits, or never comes back
 *     abort | exit N | stop      the process crashes, leaves, or is stopped (SIGSTOP)
 *     print TEXT                 write to standard output, as a careless library does
 *     refuse N | block           the C function itself gives status N, or never returns
 *   FAKE_ABI=N                   isc_abi_version
 *   FAKE_SIZE=WHICH:BYTES        isc_struct_size of one struct
 *   FAKE_OPEN=N | hang           isc_open gives status N, or never returns
 *   FAKE_WAIT=N                  isc_wait_events gives status N
 *   FAKE_CLOSE=1                 isc_close never returns
 *   FAKE_TRACE=PATH              file that gets one line for each call that was carried out
 * POSIX only: the real shim is what runs on Windows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "iscdesk_c.h"

static const char *const function_names[] = {
    "", "INIT", "SHUT_OUT", "LICENSE_FILE", "LICENSE_STRING", "LICENSE_VERIFY_NOTIFY", "TRIAL_EXPIRED",
    "CHECK_NEW_VERSIONS", "UPGRADE_NOTIFY", "OPEN_CLOUD_FILE", "SAVE", "SELECT_SAVE_AS_PATH", "GET_SOLUTION",
};

struct item {
    struct item *next;
    isc_event event;
    char *text;
};

struct call {
    struct call *next;
    uint64_t id;
    int function;
    char arguments[4096];
};

struct isc_handle {
    int unused;
};

static struct isc_handle the_handle;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t worker;
static struct item *first_item, **last_item = &first_item, *delivered;
static struct call *first_call, **last_call = &first_call;
static uint64_t last_id, last_sequence;
static int closing, waiting, finished, initialised;

static void *required(void *memory) {
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void pause_ms(long ms) {
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

static void sleep_for_ever(void) {
    for (;;) {
        pause();
    }
}

static void push(isc_event event, const char *text, size_t length) {
    struct item *item = required(calloc(1, sizeof *item));
    item->text = required(malloc(length + 1));
    memcpy(item->text, text, length);
    item->text[length] = '\0';
    item->event = event;
    item->event.size = sizeof(isc_event);
    item->event.text = item->text;
    item->event.text_length = (uint32_t)length;
    pthread_mutex_lock(&lock);
    item->event.sequence = ++last_sequence;
    *last_item = item;
    last_item = &item->next;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void raise_event(const char *text, size_t length) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    isc_event event = {.kind = ISC_EVENT_SDK, .type = 7};
    event.raised_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    push(event, text, length);
}

static void raise_file(const char *path) {
    FILE *file = required(fopen(path, "rb"));
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    char *bytes = required(malloc(length + 1));
    if (fread(bytes, 1, length, file) != length) {
        abort();
    }
    fclose(file);
    raise_event(bytes, length);
    free(bytes);
}

static void raise_burst(long count) {
    for (long i = 1; i <= count; i++) {
        char text[128];
        int n = snprintf(text, sizeof text, "{\"operate\":\"Burst\",\"params\":{\"n\":\"%ld\"},\"comeBackParams\":{}}", i);
        raise_event(text, (size_t)n);
    }
}

static void raise_paced(const char *argument) {
    char *rest;
    long count = strtol(argument, &rest, 10), us = strtol(rest, NULL, 10);
    for (long i = 0; i < count; i++) {
        struct timespec now, gap = {us / 1000000, (us % 1000000) * 1000};
        nanosleep(&gap, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
        char text[128];
        long long ns = (long long)now.tv_sec * 1000000000 + now.tv_nsec;
        int n = snprintf(text, sizeof text, "{\"operate\":\"Paced\",\"params\":{\"ns\":\"%lld\"}}", ns);
        raise_event(text, (size_t)n);
    }
}

struct late {
    long ms;
    char text[512];
};

static void *raise_late(void *argument) {
    struct late *late = argument;
    pause_ms(late->ms);
    raise_event(late->text, strlen(late->text));
    free(late);
    return NULL;
}

static void start_late(const char *argument) {
    struct late *late = required(calloc(1, sizeof *late));
    char *rest;
    late->ms = strtol(argument, &rest, 10);
    snprintf(late->text, sizeof late->text, "%s", rest + strspn(rest, " "));
    pthread_t thread;
    pthread_create(&thread, NULL, raise_late, late);
    pthread_detach(thread);
}

static void trace(const char *line) {
    const char *path = getenv("FAKE_TRACE");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        fprintf(file, "%s\n", line);
        fclose(file);
    }
}

static const char *script(int function) {
    char name[64];
    snprintf(name, sizeof name, "FAKE_%s", function_names[function]);
    const char *found = getenv(name);
    return found == NULL ? "" : found;
}

/* The argument of an action if `action` is `name`, else NULL. */
static const char *is(const char *action, const char *name) {
    size_t length = strlen(name);
    if (strncmp(action, name, length) != 0 || (action[length] != ' ' && action[length] != '\0')) {
        return NULL;
    }
    return action + length + strspn(action + length, " ");
}

static void act(const char *action, isc_event *returned) {
    const char *rest;
    if ((rest = is(action, "fail")) != NULL) {
        returned->ok = 0;
        returned->vendor_status = atoi(rest);
    } else if ((rest = is(action, "status")) != NULL) {
        returned->ok = 0;
        returned->result = atoi(rest);
    } else if ((rest = is(action, "event")) != NULL) {
        raise_event(rest, strlen(rest));
    } else if ((rest = is(action, "file")) != NULL) {
        raise_file(rest);
    } else if ((rest = is(action, "burst")) != NULL) {
        raise_burst(atol(rest));
    } else if ((rest = is(action, "paced")) != NULL) {
        raise_paced(rest);
    } else if ((rest = is(action, "later")) != NULL) {
        start_late(rest);
    } else if (is(action, "lost") != NULL) {
        isc_event lost = {.kind = ISC_EVENT_LOST};
        push(lost, "", 0);
    } else if ((rest = is(action, "sleep")) != NULL) {
        pause_ms(atol(rest));
    } else if (is(action, "hang") != NULL) {
        sleep_for_ever();
    } else if (is(action, "abort") != NULL) {
        abort();
    } else if ((rest = is(action, "exit")) != NULL) {
        _exit(atoi(rest));
    } else if (is(action, "stop") != NULL) {
        raise(SIGSTOP);
    } else if ((rest = is(action, "print")) != NULL) {
        printf("%s\n", rest);
        fflush(stdout);
    }
}

static isc_event perform(int function) {
    isc_event returned = {.kind = ISC_EVENT_RETURNED, .ok = 1};
    char *actions = required(strdup(script(function))), *state = NULL;
    for (char *action = strtok_r(actions, ";", &state); action != NULL; action = strtok_r(NULL, ";", &state)) {
        act(action + strspn(action, " "), &returned);
    }
    free(actions);
    if (function == ISC_FN_INIT) {
        initialised = returned.ok;
    } else if (function == ISC_FN_SHUT_OUT) {
        initialised = 0;
    }
    return returned;
}

static void *work(void *unused) {
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (first_call == NULL && !closing) {
            pthread_cond_wait(&changed, &lock);
        }
        struct call *call = closing ? NULL : first_call;
        if (call != NULL && (first_call = call->next) == NULL) {
            last_call = &first_call;
        }
        pthread_mutex_unlock(&lock);
        if (call == NULL) {
            break;
        }
        trace(call->arguments);
        isc_event returned = perform(call->function);
        returned.call = call->id;
        free(call);
        push(returned, "", 0);
    }
    if (initialised) {
        trace("SHUT_OUT");
        perform(ISC_FN_SHUT_OUT);
    }
    pthread_mutex_lock(&lock);
    finished = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int32_t submit(isc_handle *handle, uint64_t *id, int function, const char *arguments) {
    if (handle != &the_handle || closing) {
        return ISC_ERR_CLOSED;
    }
    const char *rest = is(script(function), "refuse");
    if (rest != NULL) {
        return atoi(rest);
    }
    if (is(script(function), "block") != NULL) {
        sleep_for_ever();
    }
    struct call *call = required(calloc(1, sizeof *call));
    call->function = function;
    snprintf(call->arguments, sizeof call->arguments, "%s%s", function_names[function], arguments);
    pthread_mutex_lock(&lock);
    call->id = ++last_id;
    *id = call->id;
    *last_call = call;
    last_call = &call->next;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return ISC_OK;
}

static int32_t submit_text(isc_handle *handle, uint64_t *id, int function, const char *text, const char *more, int n) {
    char arguments[4096];
    snprintf(arguments, sizeof arguments, "|%s|%s|%d", text, more, n);
    return submit(handle, id, function, arguments);
}

uint32_t isc_abi_version(void) {
    const char *version = getenv("FAKE_ABI");
    return version == NULL ? ISC_ABI_VERSION : (uint32_t)atoi(version);
}

uint32_t isc_struct_size(uint32_t which) {
    static const size_t sizes[] = {0, sizeof(isc_config), sizeof(isc_info), sizeof(isc_event)};
    unsigned wrong = 0, bytes = 0;
    const char *size = getenv("FAKE_SIZE");
    if (size != NULL && sscanf(size, "%u:%u", &wrong, &bytes) == 2 && wrong == which) {
        return bytes;
    }
    return which < 4 ? (uint32_t)sizes[which] : 0;
}

const char *isc_status_text(int32_t status) {
    return status == ISC_OK ? "ok" : "the fake shim says no";
}

int32_t isc_open(isc_handle **out, const isc_config *config) {
    const char *answer = getenv("FAKE_OPEN");
    if (config->size != sizeof *config || config->abi_version != isc_abi_version()) {
        return ISC_ERR_ABI;
    }
    if (answer != NULL && is(answer, "hang") != NULL) {
        sleep_for_ever();
    }
    if (answer != NULL) {
        return atoi(answer);
    }
    trace(config->sdk_library == NULL ? "OPEN" : config->sdk_library);
    *out = &the_handle;
    return pthread_create(&worker, NULL, work, NULL) == 0 ? ISC_OK : ISC_ERR_INTERNAL;
}

int32_t isc_get_info(isc_handle *handle, isc_info *info) {
    (void)handle;
    info->abi_version = ISC_ABI_VERSION;
    info->cloud = "sandbox";
    info->dialect = "fake \xe4\xba\x91";
    info->call_failure_is_final = 1;
    info->functions = 0x1ffe;
    return ISC_OK;
}

int32_t isc_init(isc_handle *handle, uint64_t *call) { return submit(handle, call, ISC_FN_INIT, ""); }

int32_t isc_license_file_request(isc_handle *handle, const char *file_name, const char *dev_info, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_LICENSE_FILE, file_name, dev_info, 0);
}

int32_t isc_license_string_request(isc_handle *handle, const char *dev_info, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_LICENSE_STRING, dev_info, "", 0);
}

int32_t isc_license_verify_notify(isc_handle *handle, int32_t verified, const char *error_message, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_LICENSE_VERIFY_NOTIFY, error_message, "", verified);
}

int32_t isc_trial_expired(isc_handle *handle, int32_t type, const char *dev_info, const char *file_name, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_TRIAL_EXPIRED, dev_info, file_name, type);
}

int32_t isc_check_new_versions(isc_handle *handle, uint64_t *call) {
    return submit(handle, call, ISC_FN_CHECK_NEW_VERSIONS, "");
}

int32_t isc_upgrade_notify(isc_handle *handle, int32_t upgrade, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_UPGRADE_NOTIFY, "", "", upgrade);
}

int32_t isc_open_cloud_file(isc_handle *handle, uint64_t *call) {
    return submit(handle, call, ISC_FN_OPEN_CLOUD_FILE, "");
}

int32_t isc_save(isc_handle *handle, const char *path, int32_t assembly, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_SAVE, path, "", assembly);
}

int32_t isc_select_save_as_path(isc_handle *handle, const char *path, int32_t assembly, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_SELECT_SAVE_AS_PATH, path, "", assembly);
}

#ifndef WITHOUT_GET_SOLUTION
int32_t isc_get_solution(isc_handle *handle, const char *path, uint64_t *call) {
    return submit_text(handle, call, ISC_FN_GET_SOLUTION, path, "", 0);
}
#endif

int32_t isc_shut_out(isc_handle *handle, uint64_t *call) { return submit(handle, call, ISC_FN_SHUT_OUT, ""); }

static struct timespec after_ms(int64_t ms) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    int64_t ns = time.tv_nsec + (ms % 1000) * 1000000;
    time.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    time.tv_nsec = (long)(ns % 1000000000);
    return time;
}

int32_t isc_wait_events(isc_handle *handle, int32_t timeout_ms, isc_event *events, uint32_t capacity) {
    const char *answer = getenv("FAKE_WAIT");
    if (handle != &the_handle || answer != NULL) {
        return answer == NULL ? ISC_ERR_CLOSED : atoi(answer);
    }
    struct timespec until = after_ms(timeout_ms < 0 ? 0 : timeout_ms);
    pthread_mutex_lock(&lock);
    waiting = 1;
    int late = 0;
    while (first_item == NULL && !closing && !late) {
        late = timeout_ms < 0 ? pthread_cond_wait(&changed, &lock) : pthread_cond_timedwait(&changed, &lock, &until);
    }
    while (delivered != NULL) {
        struct item *old = delivered;
        delivered = old->next;
        free(old->text);
        free(old);
    }
    int32_t count = 0;
    struct item **end = &delivered;
    while (!closing && first_item != NULL && (uint32_t)count < capacity) {
        struct item *item = first_item;
        if ((first_item = item->next) == NULL) {
            last_item = &first_item;
        }
        item->next = NULL;
        *end = item;
        end = &item->next;
        events[count++] = item->event;
    }
    waiting = 0;
    pthread_cond_broadcast(&changed);
    int32_t status = closing ? ISC_ERR_CLOSED : count;
    pthread_mutex_unlock(&lock);
    return status;
}

int32_t isc_close(isc_handle *handle, int32_t grace_ms) {
    if (handle != &the_handle) {
        return ISC_ERR_CLOSED;
    }
    struct timespec until = after_ms(grace_ms);
    pthread_mutex_lock(&lock);
    closing = 1;
    pthread_cond_broadcast(&changed);
    while (waiting) {
        pthread_cond_wait(&changed, &lock);
    }
    int late = 0;
    while (!finished && !late) {
        late = pthread_cond_timedwait(&changed, &lock, &until);
    }
    int done = finished;
    pthread_mutex_unlock(&lock);
    if (getenv("FAKE_CLOSE") != NULL) {
        sleep_for_ever(); /* an SDK that does not let go although everything was waited for */
    }
    trace(done ? "CLOSED" : "ABANDONED");
    return done ? ISC_OK : ISC_ERR_TIMEOUT;
}
