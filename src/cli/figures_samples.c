/* iphase-report: pictures that iphase-train left on its way. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "figures.h"

#define PNG_MAX (64l << 20)

/* PNG (ISO 15948): a signature, then IHDR, and IEND at the end. */
static int check(const char *path, const char *data, size_t n)
{
	static const char begin[] = "\211PNG\r\n\032\n\0\0\0\rIHDR";
	static const char end[] = "\0\0\0\0IEND\256B`\202";

	return n > 45 && memcmp(data, begin, 16) == 0 && memcmp(data + n - 12,
		end, 12) == 0 ? 0 : ip_cli_error(IP_EFORMAT, "%s: not a whole"
		" PNG", path);
}

static int read_png(const char *path, char **data, size_t *size)
{
	FILE *f = fopen(path, "rb");
	long n = -1;
	int rc = 0;

	*data = NULL;
	*size = 0;
	if (!f)
		return ip_cli_error(IP_EIO, "%s: cannot be opened: %s", path,
			strerror(errno));
	if (fseek(f, 0, SEEK_END) == 0)
		n = ftell(f);
	rewind(f);
	if (n < 0 || n > PNG_MAX)
		rc = ip_cli_error(IP_ELIMIT, "%s: no file of at most %ld"
			" bytes", path, PNG_MAX);
	else if ((*data = malloc((size_t)n + 1)) == NULL)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	else if (fread(*data, 1, (size_t)n, f) != (size_t)n)
		rc = ip_cli_error(IP_EIO, "%s: cannot be read", path);
	fclose(f);
	*size = (size_t)n;
	return rc ? rc : check(path, *data, *size);
}

/* "epoch 10" of model-epoch0010-0.png, or the whole name. */
static void name_of(const char *path, char *name, size_t room)
{
	const char *base = strrchr(path, '/'), *at, *last = NULL;
	unsigned epoch, picture;

	base = base ? base + 1 : path;
	for (at = base; (at = strstr(at, "-epoch")) != NULL; at++)
		last = at;
	if (last && sscanf(last, "-epoch%u-%u.png", &epoch, &picture) == 2)
		snprintf(name, room, "epoch %u, picture %u", epoch, picture);
	else
		snprintf(name, room, "%s", base);
}

static int put_sample(struct ip_figures *f, const char *path, size_t i)
{
	char name[256], file[32], *data;
	size_t size;
	int rc = read_png(path, &data, &size);

	if (rc) {
		free(data);
		return rc;
	}
	name_of(path, name, sizeof name);
	ip_html_png(f->page, data, size, name, 1);
	ip_html_note(f->page, "After %s (%s).", name, path);
	snprintf(file, sizeof file, "a-%zu.png", i + 1);
	return ip_figures_add(f, file, data, size);
}

int ip_figures_samples(struct ip_figures *f, const struct ip_texts *files)
{
	size_t i;
	int rc = 0;

	ip_html_heading(f->page, "a. Reconstructions on the way");
	ip_html_note(f->page, "From left to right: the sum of the segments,"
		" the network's answer, the true potential. Answer and truth"
		" of one picture have one scale, beside them; other epochs"
		" may have others.");
	for (i = 0; rc == 0 && i < files->count; i++)
		rc = put_sample(f, files->v[i], i);
	ip_html_close(f->page);
	return rc;
}
