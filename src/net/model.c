/* Models: how they are told what was measured, and their memory. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "model.h"

static const struct { const char *name; size_t channels; } modes[] = {
	[IP_METADATA_SINCOS7] = { "sincos7", 7 },
	[IP_METADATA_RAW4] = { "raw4", 4 },
	[IP_METADATA_TILT3] = { "tilt3", 3 },
};

size_t ip_metadata_channels(enum ip_metadata m)
{
	return modes[m].channels;
}

const char *ip_metadata_name(enum ip_metadata m)
{
	return modes[m].name;
}

int ip_metadata_parse(const char *name, enum ip_metadata *m)
{
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(name, modes[i].name) == 0) {
			*m = (enum ip_metadata)i;
			return IP_OK;
		}
	return ip_fail(IP_ENOTFOUND, "metadata mode '%s': expected sincos7, raw4 "
		"or tilt3", name);
}

void ip_model_free(struct ip_model *m)
{
	ip_attrs_free(&m->attrs);
	ip_bundle_free(&m->weights);
	memset(m, 0, sizeof(*m));
}

/* Pixels i and j of a window of 7 x 7: their offset, in a table of 13 x 13. */
int ip_model_index(struct ip_tensor *t)
{
	size_t shape[2] = { 49, 49 };
	int rc = ip_tensor_new(t, IP_I64, 2, shape);
	int64_t i, j, *v = t->data;

	for (i = 0; rc == 0 && i < 49; i++)
		for (j = 0; j < 49; j++)
			v[i * 49 + j] = (i / 7 - j / 7 + 6) * 13 +
				i % 7 - j % 7 + 6;
	return rc;
}

double ip_model_largest(const struct ip_tensor *t)
{
	size_t n = ip_tensor_count(t), i;
	const double *d = t->data;
	const float *f = t->data;
	double most = 0;

	if (t->dtype == IP_F32)
		for (i = 0; i < n; i++)
			most = fmax(most, fabs((double)f[i]));
	if (t->dtype == IP_F64)
		for (i = 0; i < n; i++)
			most = fmax(most, fabs(d[i]));
	return most;
}
