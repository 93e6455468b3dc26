/* Faults of the system for one process, told from outside: preloaded into the bridge by the tests, never by the product.

   Orders are small files in the folder FAULTS_DIR, read at each call that they concern:
     kill   "<id> <before|inside|after> <n> <part of path>": end the process by SIGKILL at the n-th flush of such a file
            since the order came: before its first write, between two of its writes, or right after it. Several
            writes that one flush makes durable are one step.
     full   "<id> <n> <folder>": from the n-th change below the folder on, every change there fails: the disk is full
     block  "<folder>": looking at or reading anything below the folder waits until the order is gone
     lock   "<file>": opening this file fails, as of one that another program holds (EBUSY)
   It tells what happened in files of the same folder: `killed`, `refused` (a change was), `blocked` (a call waits),
   `denied` (a file was locked).

   Children of the process are left alone: the variables are taken out of the environment at once. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))

static char folder[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    const char *given = getenv("FAULTS_DIR");
    if (given != NULL && strlen(given) < sizeof folder - 32) strcpy(folder, given);
    unsetenv("FAULTS_DIR");
    unsetenv("LD_PRELOAD");
}

/* Orders are read with bare system calls: what is wrapped here must not call itself. */
static int read_order(const char *name, char *text, size_t size) {
    if (folder[0] == '\0') return 0;
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int kept = errno;
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    long got = 0;
    if (fd >= 0) {
        got = syscall(SYS_read, (int)fd, text, size - 1);
        syscall(SYS_close, (int)fd);
    }
    text[got > 0 ? got : 0] = '\0';
    errno = kept;
    return got > 0;
}

static void tell(const char *name) {
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int kept = errno;
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) syscall(SYS_close, (int)fd);
    errno = kept;
}

static const char *path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int kept = errno;
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, size - 1);
    errno = kept;
    path[length > 0 ? length : 0] = '\0';
    return path;
}

static int is_below(const char *path, const char *where) {
    size_t length = strlen(where);
    return strncmp(path, where, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* -- kill */

enum moment { WRITE, FLUSHED };

static void may_kill(int fd, enum moment moment) {
    static char last[64];
    static long flushes, writes;
    char text[PATH_MAX], id[64], when[16], part[PATH_MAX], path[PATH_MAX];
    long n;
    if (!read_order("kill", text, sizeof text)) return;
    if (sscanf(text, "%63s %15s %ld %4000s", id, when, &n, part) != 4) return;
    if (strstr(path_of(fd, path, sizeof path), part) == NULL) return;
    pthread_mutex_lock(&lock);
    if (strcmp(last, id) != 0) {
        strcpy(last, id);
        flushes = writes = 0;
    }
    int now = 0;
    if (moment == WRITE) {
        now = flushes == n - 1 && ((strcmp(when, "before") == 0 && writes == 0) || (strcmp(when, "inside") == 0 && writes == 1));
        writes++;
    } else {
        flushes++;
        writes = 0;
        now = flushes == n && strcmp(when, "after") == 0;
    }
    if (now) {
        tell("killed");
        kill(getpid(), SIGKILL);
        pause();
    }
    pthread_mutex_unlock(&lock);
}

/* -- full */

static int is_full(const char *path) {
    static char last[64];
    static long changes;
    char text[PATH_MAX], id[64], where[PATH_MAX];
    long n;
    if (!read_order("full", text, sizeof text)) return 0;
    if (sscanf(text, "%63s %ld %4000s", id, &n, where) != 3 || !is_below(path, where)) return 0;
    pthread_mutex_lock(&lock);
    if (strcmp(last, id) != 0) {
        strcpy(last, id);
        changes = 0;
    }
    int full = ++changes >= n;
    pthread_mutex_unlock(&lock);
    if (full) {
        tell("refused");
        errno = ENOSPC;
    }
    return full;
}

static int is_full_fd(int fd) {
    char path[PATH_MAX];
    return folder[0] != '\0' && is_full(path_of(fd, path, sizeof path));
}

/* -- block */

static void may_block(const char *path) {
    char where[PATH_MAX];
    if (path == NULL || path[0] != '/') return;
    while (read_order("block", where, sizeof where) && is_below(path, where)) {
        tell("blocked");
        struct timespec moment = {0, 10 * 1000 * 1000};
        nanosleep(&moment, NULL);
    }
}

static void may_block_fd(int fd) {
    char path[PATH_MAX], where[PATH_MAX];
    if (read_order("block", where, sizeof where)) may_block(path_of(fd, path, sizeof path));
}

/* -- lock */

static int is_locked(const char *path) {
    char which[PATH_MAX];
    if (!read_order("lock", which, sizeof which) || strcmp(path, which) != 0) return 0;
    tell("denied");
    errno = EBUSY;
    return 1;
}

/* -- what is wrapped */

int fsync(int fd) {
    int result = is_full_fd(fd) ? -1 : REAL(fsync)(fd);
    may_kill(fd, FLUSHED);
    return result;
}

int fdatasync(int fd) {
    int result = is_full_fd(fd) ? -1 : REAL(fdatasync)(fd);
    may_kill(fd, FLUSHED);
    return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    may_kill(fd, WRITE);
    return is_full_fd(fd) ? -1 : REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    may_kill(fd, WRITE);
    return is_full_fd(fd) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    may_kill(fd, WRITE);
    return is_full_fd(fd) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}

int mkdir(const char *path, mode_t mode) { return is_full(path) ? -1 : REAL(mkdir)(path, mode); }

#define OPENED(name)                                                                                    \
    int name(const char *path, int flags, ...) {                                                        \
        mode_t mode = 0;                                                                                \
        if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {                               \
            va_list more;                                                                               \
            va_start(more, flags);                                                                      \
            mode = va_arg(more, mode_t);                                                                \
            va_end(more);                                                                               \
        }                                                                                               \
        may_block(path);                                                                                \
        if (is_locked(path)) return -1;                                                                 \
        if ((flags & O_CREAT) != 0 && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0 && is_full(path)) \
            return -1;                                                                                  \
        return REAL(name)(path, flags, mode);                                                           \
    }

OPENED(open)
OPENED(open64)

#define OPENED_AT(name)                                                          \
    int name(int at, const char *path, int flags, ...) {                         \
        mode_t mode = 0;                                                         \
        if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {        \
            va_list more;                                                        \
            va_start(more, flags);                                               \
            mode = va_arg(more, mode_t);                                         \
            va_end(more);                                                        \
        }                                                                        \
        may_block(path);                                                         \
        if (is_locked(path)) return -1;                                          \
        return REAL(name)(at, path, flags, mode);                                \
    }

OPENED_AT(openat)
OPENED_AT(openat64)

#define LOOKED(name, kind)                                         \
    int name(const char *restrict path, struct kind *restrict found) { \
        may_block(path);                                           \
        return REAL(name)(path, found);                            \
    }

LOOKED(stat, stat)
LOOKED(stat64, stat64)
LOOKED(lstat, stat)
LOOKED(lstat64, stat64)
LOOKED(statvfs, statvfs)
LOOKED(statvfs64, statvfs64)

#define LOOKED_AT(name, kind)                                                                \
    int name(int at, const char *restrict path, struct kind *restrict found, int flags) {    \
        may_block(path);                                                                     \
        return REAL(name)(at, path, found, flags);                                           \
    }

LOOKED_AT(fstatat, stat)
LOOKED_AT(fstatat64, stat64)

int access(const char *path, int mode) {
    may_block(path);
    return REAL(access)(path, mode);
}

DIR *opendir(const char *path) {
    may_block(path);
    return REAL(opendir)(path);
}

ssize_t readlink(const char *restrict path, char *restrict target, size_t size) {
    may_block(path);
    return REAL(readlink)(path, target, size);
}

ssize_t read(int fd, void *bytes, size_t count) {
    may_block_fd(fd);
    return REAL(read)(fd, bytes, count);
}

ssize_t readv(int fd, const struct iovec *blocks, int count) {
    may_block_fd(fd);
    return REAL(readv)(fd, blocks, count);
}
