/* The bonding term as tensors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include "em/bonding.h"

static int add(struct ip_bundle *out, const char *name, enum ip_dtype dtype,
	int ndim, size_t count, struct ip_item **item)
{
	size_t shape[] = { count, 3 };
	struct ip_tensor t = { 0 };
	int rc = ip_tensor_new(&t, dtype, ndim, shape);

	if (rc == 0)
		rc = ip_bundle_add(out, name, &t, item);
	ip_tensor_free(&t);
	return rc;
}

int ip_bonding_save(const struct ip_bonding *b, struct ip_bundle *out)
{
	struct ip_item *hkl, *v;
	int rc = add(out, "hkl", IP_I16, 2, b->count, &hkl);

	for (size_t i = 0; rc == 0 && i < 3 * b->count; i++)
		((int16_t *)hkl->tensor.data)[i] =
			(int16_t)b->term[i / 3].hkl[i % 3];
	if (rc == 0)
		rc = add(out, "bonding", IP_C64, 1, b->count, &v);
	for (size_t i = 0; rc == 0 && i < 2 * b->count; i++)
		((float *)v->tensor.data)[i] =
			(float)b->term[i / 2].v[i % 2];
	if (rc == 0)
		rc = ip_attrs_text(&v->attrs, "unit", "V");
	if (rc == 0)
		rc = ip_attrs_text(&out->attrs, "kind", "bonding term");
	if (rc == 0)
		rc = ip_attrs_text(&out->attrs, "sign", "positive where "
			"electrons are attracted");
	if (rc == 0)
		rc = ip_attrs_text(&out->attrs, "series", "sum of bonding "
			"exp(+2 pi i g.r), g = h b1 + k b2 + l b3; of g and "
			"-g one is listed");
	if (rc == 0)
		rc = ip_attrs_text(&out->attrs, "mean", "that of independent "
			"atoms: there is no term at g = 0");
	return rc ? rc : ip_attrs_number(&out->attrs, "reach",
		IP_BONDING_REACH);
}

static int is_list(const struct ip_item *item, int ndim, enum ip_dtype dtype)
{
	return item && item->tensor.ndim == ndim &&
		item->tensor.dtype == dtype &&
		ip_tensor_contiguous(&item->tensor);
}

static int refuse(const char *path, size_t i, const int h[3])
{
	return ip_fail(IP_EFORMAT, "%s: term %zu, %d %d %d; expected indices "
		"up to 1000, not all 0, each of g and -g once, in reach, and "
		"finite values", path, i + 1, h[0], h[1], h[2]);
}

/* No g twice, nor its opposite. */
static int check_once(const struct ip_bonding *b, const char *path)
{
	struct ip_bonding_term *t = ip_alloc_array(b->count, sizeof *t);
	int rc = t ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		const int *h = b->term[i].hkl;
		int sign = h[0] ? h[0] : h[1] ? h[1] : h[2];
		for (int k = 0; k < 3; k++)
			t[i].hkl[k] = sign < 0 ? -h[k] : h[k];
	}
	if (rc == 0)
		rc = ip_bonding_sort(t, b->count,
			(const double (*)[3])b->crystal.cell);
	for (size_t i = 1; rc == 0 && i < b->count; i++)
		if (memcmp(t[i - 1].hkl, t[i].hkl, sizeof t->hkl) == 0)
			rc = refuse(path, i, t[i].hkl);
	ip_free(t);
	return rc;
}

static int get_terms(struct ip_bonding *b, const char *path,
	const struct ip_item *hkl, const struct ip_item *v)
{
	const int16_t *h = hkl->tensor.data;
	const float *c = v->tensor.data;
	double g[3], q;

	b->count = v->tensor.shape[0];
	b->term = ip_alloc_array(b->count, sizeof *b->term);
	if (!b->term)
		return IP_ENOMEM;
	for (size_t i = 0; i < b->count; i++) {
		struct ip_bonding_term *t = &b->term[i];
		for (int k = 0; k < 3; k++)
			t->hkl[k] = h[3 * i + (size_t)k];
		t->v[0] = c[2 * i];
		t->v[1] = c[2 * i + 1];
		q = ip_reflection((const double (*)[3])b->crystal.cell,
			t->hkl, g);
		if (!(q > 0 && q < 1.01 * IP_BONDING_REACH) ||
				abs(t->hkl[0]) > 1000 ||
				abs(t->hkl[1]) > 1000 ||
				abs(t->hkl[2]) > 1000 ||
				!isfinite(t->v[0]) || !isfinite(t->v[1]))
			return refuse(path, i, t->hkl);
	}
	return check_once(b, path);
}

int ip_bonding_load(struct ip_bonding *b, const char *path,
	const struct ip_bundle *in, const struct ip_structure *crystal)
{
	const struct ip_item *hkl = ip_bundle_find(in, "hkl");
	const struct ip_item *v = ip_bundle_find(in, "bonding");
	int rc;

	*b = (struct ip_bonding){ 0 };
	if (!is_list(hkl, 2, IP_I16) || !is_list(v, 1, IP_C64) ||
			hkl->tensor.shape[1] != 3 ||
			hkl->tensor.shape[0] != v->tensor.shape[0])
		return ip_fail(IP_EFORMAT, "%s: no bonding term; expected the "
			"tensors hkl, int16 (n, 3), and bonding, complex64 "
			"(n), as iphase-bonding makes them", path);
	if ((rc = ip_cell_check(path, (const double (*)[3])crystal->cell)) ==
			0 && (rc = ip_structure_copy(&b->crystal, crystal)) ==
			0)
		rc = get_terms(b, path, hkl, v);
	if (rc < 0)
		ip_bonding_free(b);
	return rc;
}
