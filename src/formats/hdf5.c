/* HDF5 files: objects, names, and how damage is told. */
#include <stdlib.h>
#include <string.h>
#include "../core/core.h"
#include "hdf5.h"
#include "hdf5_file.h"
#include "stream.h"

#define DEPTH_MAX 32
/* a link takes 20 bytes or more, and is met a few times */
#define LINK_BYTES 4

/* ---- messages ---- */

/* The innermost record is the first one upward: what really went wrong. */
static herr_t keep_first(unsigned n, const H5E_error2_t *e, void *text)
{
	if (n == 0 && e->desc)
		snprintf(text, IP_H5_REASON, "%.*s", IP_H5_REASON - 1,
			e->desc);
	return 0;
}

int ip_h5_fail(struct ip_h5 *f, int status, const char *name, const char *what)
{
	char why[IP_H5_REASON] = "";

	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, why);
	return ip_fail(status, "%s: %s: %s%s%s", f->path, name, what,
		why[0] ? ": HDF5 says: " : "", why);
}

/* ---- files ---- */

/* Locks help nobody who reads, and some file systems have none. */
static hid_t reading(void)
{
	hid_t p = H5Pcreate(H5P_FILE_ACCESS);

#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 12 && \
	H5_VERS_RELEASE == 0)
	if (p >= 0)
		H5Pset_file_locking(p, 0, 1);
#endif
	return p;
}

int ip_h5_open(struct ip_h5 **out, const char *path)
{
	struct ip_h5 *f;
	FILE *file = NULL;
	uint64_t size;
	hid_t how;
	int rc;

	rc = ip_input_open(&file, &size, path);
	if (rc < 0)
		return rc;
	fclose(file);
	f = ip_alloc(sizeof *f);
	if (!f)
		return IP_ENOMEM;
	f->path = path;
	f->size = size;
	H5Eget_auto2(H5E_DEFAULT, &f->print, &f->print_to);
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	how = reading();
	f->id = H5Fopen(path, H5F_ACC_RDONLY, how);
	if (f->id < 0)
		rc = ip_h5_fail(f, IP_EFORMAT, "/",
			"not an HDF5 file, or damaged");
	H5Pclose(how);
	if (rc < 0)
		ip_h5_close(f);
	else
		*out = f;
	return rc;
}

void ip_h5_close(struct ip_h5 *f)
{
	if (!f)
		return;
	if (f->id >= 0)
		H5Fclose(f->id);
	H5Eset_auto2(H5E_DEFAULT, f->print, f->print_to);
	ip_free(f);
}

const char *ip_h5_path(const struct ip_h5 *f)
{
	return f->path;
}

/* ---- objects ---- */

char *ip_h5_join(const char *group, const char *name)
{
	return ip_format("%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
}

/* Whether each step of name is a hard link: those stay in the file. */
static int is_ours(struct ip_h5 *f, char *name)
{
	H5L_info_t link;
	char *p = name;
	int ours = 1;

	while (ours && p) {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		ours = H5Lexists(f->id, name, H5P_DEFAULT) > 0 &&
			H5Lget_info(f->id, name, &link, H5P_DEFAULT) >= 0 &&
			link.type == H5L_TYPE_HARD;
		if (p)
			*p = '/';
	}
	return ours;
}

int ip_h5_object(struct ip_h5 *f, const char *name, hid_t *id)
{
	char *copy = ip_strdup(name);
	int ours;

	if (!copy)
		return IP_ENOMEM;
	ours = strcmp(name, "/") == 0 || is_ours(f, copy);
	ip_free(copy);
	*id = ours ? H5Oopen(f->id, name, H5P_DEFAULT) : -1;
	return *id < 0 ? IP_H5_OTHER : 0;
}

int ip_h5_kind(struct ip_h5 *f, const char *name)
{
	H5I_type_t type;
	hid_t id;
	int rc = ip_h5_object(f, name, &id);

	if (rc != 0)
		return rc < 0 ? rc : IP_H5_NONE;
	type = H5Iget_type(id);
	H5Oclose(id);
	return type == H5I_GROUP ? IP_H5_GROUP : type == H5I_DATASET ?
		IP_H5_DATASET : IP_H5_NONE;
}

/* ---- names ---- */

struct listing {
	struct ip_h5 *f;
	struct ip_h5_names *names;
	int rc;
};

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *link,
	void *ctx)
{
	struct listing *l = ctx;
	struct ip_h5_names *n = l->names;
	size_t len = strlen(name);

	(void)group;
	if (link->type != H5L_TYPE_HARD)
		return 0;
	if (l->f->seen++ > l->f->size / LINK_BYTES)
		l->rc = ip_fail(IP_EFORMAT, "%s: its groups hold more names"
			" than the file has room for: they go in circles",
			l->f->path);
	else if (len == 0 || ip_utf8_check(name, len) < len)
		l->rc = ip_fail(IP_EFORMAT, "%s: a name that is not UTF-8",
			l->f->path);
	else
		l->rc = ip_grow(&n->v, &n->cap, n->count + 1, sizeof *n->v);
	if (l->rc == 0 && !(n->v[n->count] = ip_strdup(name)))
		l->rc = IP_ENOMEM;
	n->count += l->rc == 0;
	return l->rc;
}

int ip_h5_list(struct ip_h5 *f, const char *group, struct ip_h5_names *names)
{
	struct listing l = { f, names, 0 };
	hid_t id;
	int rc;

	rc = ip_h5_object(f, group, &id);
	if (rc != 0)
		return rc;
	if (H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &l) < 0)
		rc = l.rc < 0 ? l.rc : ip_h5_fail(f, IP_EFORMAT, group,
			"its names cannot be read");
	H5Oclose(id);
	if (rc < 0)
		ip_h5_names_free(names);
	return rc;
}

void ip_h5_names_free(struct ip_h5_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		ip_free(names->v[i]);
	ip_free(names->v);
	memset(names, 0, sizeof *names);
}

/* ---- all of a file ---- */

struct walk {
	struct ip_h5 *f;
	int (*visit)(void *ctx, const char *name, enum ip_h5_kind kind);
	void *ctx;
	int depth;
};

static int walk(struct walk *w, const char *group);

static int walk_one(struct walk *w, const char *name)
{
	int kind = ip_h5_kind(w->f, name), rc = 0;

	if (kind < 0)
		return kind;
	if (kind != IP_H5_NONE)
		rc = w->visit(w->ctx, name, (enum ip_h5_kind)kind);
	return rc == 0 && kind == IP_H5_GROUP ? walk(w, name) : rc;
}

static int walk(struct walk *w, const char *group)
{
	struct ip_h5_names names = { 0 };
	char *name;
	size_t i;
	int rc;

	if (w->depth == DEPTH_MAX)
		return ip_fail(IP_EFORMAT, "%s: groups in groups, more than %d"
			" deep: they go in circles", w->f->path, DEPTH_MAX);
	rc = ip_h5_list(w->f, group, &names);
	w->depth++;
	for (i = 0; i < names.count && rc == 0; i++) {
		name = ip_h5_join(group, names.v[i]);
		rc = name ? walk_one(w, name) : IP_ENOMEM;
		ip_free(name);
	}
	w->depth--;
	ip_h5_names_free(&names);
	return rc;
}

int ip_h5_walk(struct ip_h5 *f, const char *group, int (*visit)(void *ctx,
	const char *name, enum ip_h5_kind kind), void *ctx)
{
	struct walk w = { f, visit, ctx, 0 };

	return walk(&w, group);
}
