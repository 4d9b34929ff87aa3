/* iphase-dataset: its folder and the files in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataset_tool.h"
#include "structure.h"

#define BLOCK 65536

int ip_ds_path(char *path, size_t size, const char *folder, const char *name)
{
	int n = snprintf(path, size, "%s/%s", folder, name);

	return n >= 0 && (size_t)n < size ? 0 : ip_cli_error(IP_ELIMIT,
		"%.60s: the name is too long", folder);
}

int ip_ds_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int ip_ds_mkdir(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0 || (errno == EEXIST &&
	    stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return ip_cli_error(IP_EIO, "%s: no folder can be made: %s", path,
		strerror(errno));
}

/* ---- bytes ---- */

static int open_file(const char *path, const char *mode, FILE **f)
{
	*f = fopen(path, mode);
	return *f ? 0 : ip_cli_error(IP_EIO, "%s: %s", path, strerror(errno));
}

int ip_ds_same_bytes(const char *a, const char *b, int *same)
{
	static char x[BLOCK], y[BLOCK];
	FILE *f = NULL, *g = NULL;
	size_t n, m;
	int rc = open_file(a, "rb", &f);

	*same = 1;
	if (rc == 0)
		rc = open_file(b, "rb", &g);
	while (rc == 0 && *same) {
		n = fread(x, 1, sizeof x, f);
		m = fread(y, 1, sizeof y, g);
		*same = n == m && memcmp(x, y, n) == 0;
		if (ferror(f) || ferror(g))
			rc = ip_cli_error(IP_EIO, "%s: cannot be read",
				ferror(f) ? a : b);
		if (n == 0)
			break;
	}
	if (f)
		fclose(f);
	if (g)
		fclose(g);
	return rc;
}

static int copy_bytes(FILE *in, FILE *out)
{
	static char x[BLOCK];
	size_t n;

	while ((n = fread(x, 1, sizeof x, in)) > 0)
		if (fwrite(x, 1, n, out) != n)
			return 1;
	return ferror(in) || fflush(out) != 0 || fsync(fileno(out)) != 0;
}

/* By a file of this process's own, since shards may share a folder. */
static int copy_new(const char *from, const char *to)
{
	char temp[4200];
	FILE *in = NULL, *out = NULL;
	int rc = open_file(from, "rb", &in);

	snprintf(temp, sizeof temp, "%s.%ld.tmp", to, (long)getpid());
	if (rc == 0)
		rc = open_file(temp, "wb", &out);
	if (rc == 0 && copy_bytes(in, out))
		rc = ip_cli_error(IP_EIO, "%s: cannot be written: %s", to,
			strerror(errno));
	if (in)
		fclose(in);
	if (out && fclose(out) != 0 && rc == 0)
		rc = ip_cli_error(IP_EIO, "%s: %s", temp, strerror(errno));
	if (rc == 0 && rename(temp, to) != 0)
		rc = ip_cli_error(IP_EIO, "%s: %s", to, strerror(errno));
	if (out && rc < 0)
		unlink(temp);
	return rc;
}

int ip_ds_copy(const char *from, const char *to)
{
	int same, rc;

	if (!ip_ds_exists(to))
		return copy_new(from, to);
	rc = ip_ds_same_bytes(from, to, &same);
	return rc < 0 || same ? rc : ip_cli_error(IP_EINVAL, "%s: is there, "
		"but is another than %s; choose another folder", to, from);
}

int ip_ds_link(const char *from, const char *to)
{
	if (!ip_ds_exists(to) && link(from, to) == 0)
		return 0;
	return ip_ds_copy(from, to);
}

/* ---- the folder ---- */

int ip_ds_prepare(const struct ip_ds *d)
{
	static const char *const folders[] = { "specimens", "structures" };
	char path[4096];
	int rc = ip_ds_mkdir(d->folder);

	for (int i = 0; rc == 0 && i < 2; i++) {
		rc = ip_ds_path(path, sizeof path, d->folder, folders[i]);
		if (rc == 0)
			rc = ip_ds_mkdir(path);
	}
	if (rc == 0)
		rc = ip_ds_path(path, sizeof path, d->folder, "plan");
	return rc ? rc : ip_ds_copy(d->plan_path, path);
}

int ip_ds_read_plan(struct ip_ds *d, const char *path)
{
	size_t size = sizeof d->plan_found;
	int rc = 0;

	d->plan_path = path;
	if (!path || !ip_ds_exists(path)) {
		rc = path ? strchr(path, '/') ? 0 : ip_cli_data_find(
			d->plan_found, size, "plans", path, "") :
			ip_ds_path(d->plan_found, size, d->folder, "plan");
		if (!path || rc > 0)
			d->plan_path = d->plan_found;
	}
	return rc < 0 ? rc : ip_plan_read(&d->plan, d->plan_path);
}
