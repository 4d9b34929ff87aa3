/* iphase-report: the folder of all that was made. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <iphase/formats.h>
#include "figures.h"

int ip_figures_add(struct ip_figures *f, const char *name, char *data,
	size_t size)
{
	struct ip_made *m = calloc(1, sizeof *m);

	if (!m) {
		free(data);
		return ip_cli_error(IP_ENOMEM, "out of memory");
	}
	m->data = data;
	m->size = size;
	snprintf(m->name, sizeof m->name, "%s", name);
	*f->last = m;
	f->last = &m->next;
	return 0;
}

static int save(const char *folder, const char *name, const char *data,
	size_t size)
{
	char path[4200];

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >=
	    (int)sizeof path)
		return ip_cli_error(IP_EINVAL, "%s: the name is too long",
			folder);
	return ip_text_write(path, data, size);
}

int ip_figures_save(struct ip_figures *f, const char *folder)
{
	const struct ip_made *m;
	int rc = 0;

	if (fflush(f->page) || ferror(f->page))
		return ip_cli_error(IP_ENOMEM, "out of memory");
	if (mkdir(folder, 0777) && errno != EEXIST)
		return ip_cli_error(IP_EIO, "%s: cannot be made: %s", folder,
			strerror(errno));
	for (m = f->made; rc == 0 && m; m = m->next)
		rc = save(folder, m->name, m->data, m->size);
	return rc ? rc : save(folder, "report.html", f->html, f->html_size);
}

void ip_figures_free(struct ip_figures *f)
{
	struct ip_made *m, *next;
	size_t i;

	for (m = f->made; m; m = next) {
		next = m->next;
		free(m->data);
		free(m);
	}
	for (i = 0; i < f->tables; i++)
		ip_csv_free(&f->csv[i]);
	free(f->csv);
	free(f->all);
	if (f->page)
		fclose(f->page);
	free(f->html);
	ip_figures_plot_close(f);
}
