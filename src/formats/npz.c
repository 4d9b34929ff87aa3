/* NumPy's .npz: a zip archive of .npy members. */
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "json.h"
#include "npz.h"
#include "zip.h"

#define ATTRIBUTES "attributes"

/* "a.npy" -> "a", to be freed; *name is NULL for a member that is no array. */
static int array_name(const char *member, char **name)
{
	size_t n = strlen(member);

	*name = NULL;
	if (n < 5 || strcmp(member + n - 4, ".npy") != 0)
		return 0;
	*name = ip_format("%.*s", (int)(n - 4), member);
	return *name ? 0 : IP_ENOMEM;
}

/* Say so, once it is sure that the name is not just damaged. */
static int leave_out(struct ip_zip *z, size_t i)
{
	struct ip_source s = { 0 };
	int rc;

	rc = ip_zip_begin(z, i, z->entries[i].name, &s);
	ip_zip_drop(&s);
	if (rc == 0)
		ip_warn("%s: member '%s' is no .npy array and is left out",
			z->path, z->entries[i].name);
	return rc;
}

/* t stays {0} on failure. */
static int read_array(struct ip_zip *z, size_t i, const char *name, int head,
	struct ip_tensor *t)
{
	struct ip_source s = { 0 };
	char *what = ip_format("%s: member '%s'", z->path, name);
	int rc;

	if (!what)
		return IP_ENOMEM;
	rc = ip_zip_begin(z, i, what, &s);
	if (rc == 0)
		rc = head ? ip_npy_head(&s, t) : ip_npy_get(&s, t);
	if (rc == 0 && !head)
		rc = ip_zip_finish(&s);
	ip_zip_drop(&s);
	ip_free(what);
	if (rc < 0)
		ip_tensor_free(t);
	return rc;
}

static int read_member(struct ip_zip *z, size_t i, const char *name,
	struct ip_bundle *b)
{
	struct ip_tensor t = { 0 };
	int rc = read_array(z, i, name, 0, &t);

	if (rc == 0)
		rc = ip_bundle_add(b, name, &t, NULL);
	ip_tensor_free(&t);
	return rc;
}

/* The member of the array called name; z->count if there is none. */
static size_t find_array(const struct ip_zip *z, const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; i < z->count; i++)
		if (strncmp(z->entries[i].name, name, n) == 0 &&
		    strcmp(z->entries[i].name + n, ".npy") == 0)
			break;
	return i;
}

int ip_npz_some(const char *path, const char *const *name, size_t n, int heads,
	struct ip_tensor *t)
{
	struct ip_zip *z;
	size_t i, k;
	int rc;

	memset(t, 0, n * sizeof *t);
	rc = ip_zip_open(&z, path);
	if (rc < 0)
		return rc;
	for (k = 0; k < n && rc == 0; k++) {
		i = find_array(z, name[k]);
		if (i < z->count)
			rc = read_array(z, i, name[k], heads, &t[k]);
	}
	ip_zip_close(z);
	for (k = 0; rc < 0 && k < n; k++)
		ip_tensor_free(&t[k]);
	return rc;
}

/*
 * Take out the member that ip_npz_write made of the attributes. Anybody
 * else's text of that name stays a tensor.
 */
static int unpack_attributes(struct ip_bundle *b)
{
	struct ip_item *it = ip_bundle_find(b, ATTRIBUTES);
	struct ip_tensor text;
	struct ip_attrs own;
	size_t i;
	int rc;

	if (!it || it->tensor.dtype != IP_TEXT)
		return 0;
	rc = ip_json_check_bundle(it->tensor.data, it->tensor.shape[0], b);
	if (rc)
		return rc < 0 ? rc : 0;
	text = it->tensor;
	own = it->attrs;
	ip_free(it->name);
	i = (size_t)(it - b->items);
	memmove(it, it + 1, (b->count - i - 1) * sizeof *it);
	b->count--;
	memset(&b->items[b->count], 0, sizeof *it);
	rc = ip_json_get_bundle(text.data, text.shape[0], b);
	ip_tensor_free(&text);
	ip_attrs_free(&own);
	return rc;
}

int ip_npz_read(const char *path, struct ip_bundle *b)
{
	struct ip_bundle r = { 0 };
	struct ip_zip *z;
	char *name;
	size_t i;
	int rc;

	rc = ip_zip_open(&z, path);
	if (rc < 0)
		return rc;
	for (i = 0; i < z->count && rc == 0; i++) {
		rc = array_name(z->entries[i].name, &name);
		if (rc == 0 && name)
			rc = read_member(z, i, name, &r);
		else if (rc == 0)
			rc = leave_out(z, i);
		ip_free(name);
	}
	ip_zip_close(z);
	if (rc == 0)
		rc = unpack_attributes(&r);
	if (rc < 0)
		ip_bundle_free(&r);
	else
		*b = r;
	return rc;
}

static int write_member(struct ip_zip_writer *w, const char *name,
	const struct ip_tensor *t, int compress)
{
	struct ip_sink s;
	char *member, *header;
	uint64_t body;
	size_t n;
	int rc;

	rc = ip_npy_header(t, &header, &n, &body);
	if (rc < 0)
		return rc;
	ip_free(header);
	member = ip_format("%s.npy", name);
	if (!member)
		return IP_ENOMEM;
	rc = ip_zip_member(w, member, n + body, compress, &s);
	if (rc == 0)
		rc = ip_npy_put(&s, t);
	ip_free(member);
	return rc;
}

static int write_attributes(struct ip_zip_writer *w,
	const struct ip_bundle *b, int compress)
{
	struct ip_tensor t;
	char *text;
	size_t n;
	int rc;

	rc = ip_json_put_bundle(b, &text, &n);
	if (rc < 0 || !text)
		return rc;
	rc = ip_tensor_wrap(&t, IP_TEXT, 1, &n, text);
	if (rc == 0)
		rc = write_member(w, ATTRIBUTES, &t, compress);
	ip_free(text);
	return rc;
}

static int check_names(const char *path, const struct ip_bundle *b)
{
	size_t i, n;

	for (i = 0; i < b->count; i++) {
		n = strlen(b->items[i].name);
		if (strcmp(b->items[i].name, ATTRIBUTES) == 0)
			return ip_fail(IP_EINVAL, "%s: a tensor called '%s'"
				" would be taken for the attributes; rename"
				" it", path, ATTRIBUTES);
		if (ip_utf8_check(b->items[i].name, n) < n || n > 65531)
			return ip_fail(IP_EINVAL, "%s: the name of tensor %zu"
				" is too long or not UTF-8", path, i);
	}
	return 0;
}

int ip_npz_write(const char *path, const struct ip_bundle *b, int compress)
{
	struct ip_zip_writer *w = NULL;
	struct ip_outfile *o;
	size_t i;
	int rc;

	rc = check_names(path, b);
	if (rc < 0)
		return rc;
	rc = ip_outfile_open(&o, path);
	if (rc < 0)
		return rc;
	rc = ip_zip_create(&w, o, 0);
	for (i = 0; i < b->count && rc == 0; i++)
		rc = write_member(w, b->items[i].name, &b->items[i].tensor,
			compress);
	if (rc == 0)
		rc = write_attributes(w, b, compress);
	if (rc == 0)
		rc = ip_zip_end(w);
	else
		ip_zip_abandon(w);
	if (rc < 0) {
		ip_outfile_abort(o);
		return rc;
	}
	return ip_outfile_commit(o);
}
