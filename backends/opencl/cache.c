/*
 * Programs on disk: a file each in IPHASE_CACHE, or else in the folder iphase
 * of XDG_CACHE_HOME or of ~/.cache. A file is the program, its length and its
 * checksum; one that does not fit these is as if it were not there. Nothing
 * here is an error: without a cache, programs are built anew.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "opencl.h"

/* The least that a file has: size and CRC-32, in the machine's order. */
struct tail {
	uint64_t size;
	uint32_t crc, magic;
};
enum { MAGIC = 0x4c435049 };

static char *folder(void)
{
	const char *own = getenv("IPHASE_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (own && *own)
		return ip_strdup(own);
	if (xdg && *xdg == '/')
		return ip_format("%s/iphase", xdg);
	return home && *home ? ip_format("%s/.cache/iphase", home) : NULL;
}

static char *path_of(const char *dir, const char *key)
{
	return ip_format("%s/%s.bin", dir, key);
}

/* dir and what is above it. */
static int make_folder(char *dir)
{
	char *p;

	for (p = dir + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(dir, 0700);
			*p = '/';
		}
	return mkdir(dir, 0700) == 0 || errno == EEXIST;
}

static unsigned char *get(const char *key, size_t *size)
{
	char *dir = folder(), *path = dir ? path_of(dir, key) : NULL;
	char *data = NULL;
	struct tail t;
	size_t n = 0;
	int good = 0;

	if (path && access(path, R_OK) == 0 &&
		ip_file_read(path, (size_t)1 << 30, &data, &n) == 0 &&
		n > sizeof t) {
		n -= sizeof t;
		memcpy(&t, data + n, sizeof t);
		good = t.magic == MAGIC && t.size == n && t.crc ==
			(uint32_t)crc32_z(0, (unsigned char *)data, n);
	}
	ip_free(dir);
	ip_free(path);
	if (!good) {
		ip_free(data);
		return NULL;
	}
	*size = n;
	return (unsigned char *)data;
}

/* Whole or not at all: other processes, and other devices' threads, which an
 * ip_outfile is not for, may do the same. */
static void write_file(const char *path, const char *temp,
	const unsigned char *binary, size_t size)
{
	struct tail t = { size, (uint32_t)crc32_z(0, binary, size), MAGIC };
	FILE *f = fopen(temp, "wb");
	int ok;

	if (!f)
		return;
	ok = fwrite(binary, 1, size, f) == size &&
		fwrite(&t, sizeof t, 1, f) == 1;
	ok = fclose(f) == 0 && ok && rename(temp, path) == 0;
	if (!ok)
		remove(temp);
}

static void put(const char *key, const unsigned char *binary, size_t size)
{
	char *dir = folder(), *path = dir ? path_of(dir, key) : NULL;
	char *temp = path ? ip_format("%s.%ld.%p", path, (long)getpid(),
		(const void *)binary) : NULL;

	if (temp && make_folder(dir))
		write_file(path, temp, binary, size);
	ip_free(temp);
	ip_free(path);
	ip_free(dir);
}

/* ---- what others see, without a word ---- */

unsigned char *ip_cl_cache_get(const char *key, size_t *size)
{
	struct ip_kept unsaid = { 0 };
	unsigned char *binary;

	ip_log_keep(&unsaid);
	binary = get(key, size);
	ip_log_keep(NULL);
	ip_log_forget(&unsaid);
	return binary;
}

void ip_cl_cache_put(const char *key, const unsigned char *binary, size_t size)
{
	struct ip_kept unsaid = { 0 };

	ip_log_keep(&unsaid);
	put(key, binary, size);
	ip_log_keep(NULL);
	ip_log_forget(&unsaid);
}
