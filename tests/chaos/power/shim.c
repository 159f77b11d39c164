/* Loaded before the C library into a server under test: notes what it does to SQLite's files, in order, in a log.
 *
 * A process that is killed leaves its writes in the system's memory, so nothing is lost by it. The log tells what a
 * disk could have held when the power went: disk.py makes it anew from what was synced and some of the rest.
 * A sync is not done, only noted, and takes the time of a slow disk, so that cuts fall into it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 1024
enum { CREATE = 'c', WRITE = 'w', TRUNCATE = 't', SYNC = 's', UNLINK = 'u', SYNC_FOLDER = 'f' };

struct record { /* then the path and, for a write, its bytes */
    uint8_t op;
    uint8_t unused;
    uint16_t path_length;
    uint32_t length;
    uint64_t offset;
} __attribute__((packed));

static int log_fd = -1;
static char folder[PATH_MAX];
static char *paths[FDS];
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_ftruncate)(int, off64_t);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    const char *log = getenv("POWER_LOG"), *watched = getenv("POWER_FOLDER");
    if (!log || !watched || !realpath(watched, folder)) return;
    int fd = real_open(log, O_WRONLY | O_APPEND | O_CREAT, 0600);
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, FDS - 1);
    real_close(fd);
}

static void note(uint8_t op, const char *path, uint64_t offset, const void *bytes, uint32_t length) {
    struct record head = {op, 0, (uint16_t)strlen(path), length, offset};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.path_length}, {(void *)bytes, length}};
    if (writev(log_fd, parts, bytes ? 3 : 2) < 0) abort();
}

/* Whether it is one of SQLite's files in the folder; its shared memory is made anew and never read after a cut. */
static int watched(const char *path) {
    size_t n = strlen(path);
    return log_fd >= 0 && !strncmp(path, folder, strlen(folder)) && strstr(path, ".sqlite3") &&
           !(n > 4 && !strcmp(path + n - 4, "-shm"));
}

static int follow(const char *path, int flags, mode_t mode) {
    int new = (flags & O_CREAT) && watched(path) && access(path, F_OK);
    int fd = real_open(path, flags, mode);
    if (fd >= 0 && fd < FDS && log_fd >= 0) {
        free(paths[fd]);
        paths[fd] = watched(path) || !strcmp(path, folder) ? strdup(path) : NULL;
        if (new) note(CREATE, path, 0, NULL, 0);
    }
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return follow(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return follow(path, flags, mode);
}

static const char *known(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }

int close(int fd) {
    if (fd == log_fd && fd >= 0) {
        errno = EBADF;
        return -1;
    }
    if (known(fd)) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
    return real_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (known(fd)) note(WRITE, known(fd), (uint64_t)lseek(fd, 0, SEEK_CUR), bytes, (uint32_t)length);
    return real_write(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (known(fd)) note(WRITE, known(fd), (uint64_t)offset, bytes, (uint32_t)length);
    return real_pwrite(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

int ftruncate64(int fd, off64_t length) {
    if (known(fd)) note(TRUNCATE, known(fd), (uint64_t)length, NULL, 0);
    return real_ftruncate(fd, length);
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int unlink(const char *path) {
    if (watched(path)) note(UNLINK, path, 0, NULL, 0);
    return real_unlink(path);
}

int fdatasync(int fd) {
    if (!known(fd)) return 0;
    usleep((useconds_t)(random() % 6000));
    note(strcmp(known(fd), folder) ? SYNC : SYNC_FOLDER, known(fd), 0, NULL, 0);
    return 0;
}

int fsync(int fd) { return fdatasync(fd); }
