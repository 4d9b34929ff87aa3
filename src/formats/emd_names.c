/*
 * What the images of a Velox file are called. Before version 11 operations
 * say where their outputs lie; since then displays have titles and refer to
 * images through /SharedProperties.
 */
#include <string.h>
#include "../core/core.h"
#include "emd_velox.h"

#define INPUTS_MAX 64

/* The detectors that go into the differences. */
struct input {
	const char *operation, *detector;
	double index;
};
struct names {
	struct ip_velox *v;
	json_t *stem;		/* array of the JSON of all inputs */
	struct input inputs[INPUTS_MAX];
	size_t count;
};

/* The JSON text in a dataset; *j is NULL if it is none. */
static int load(struct ip_velox *v, const char *name, json_t **j)
{
	json_error_t why;
	char *text;
	int rc;

	rc = ip_h5_text(v->f, name, &text);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	*j = json_loads(text, 0, &why);
	ip_free(text);
	return *j ? 0 : ip_fail(IP_EFORMAT, "%s: %s: no JSON: line %d: %s",
		ip_h5_path(v->f), name, why.line, why.text);
}

/* The image that a path in JSON leads to, by its uuid; or NULL. */
static struct ip_velox_image *image_at(struct ip_velox *v, const char *path)
{
	const char *uuid = path ? strrchr(path, '/') : NULL;
	size_t i;

	for (i = 0; uuid && i < v->count; i++)
		if (strcmp(v->images[i].uuid, uuid + 1) == 0)
			return &v->images[i];
	return NULL;
}

/* The first name stays. */
static int name_image(struct ip_velox_image *m, const char *name, int rank)
{
	if (!m || m->name || !name)
		return 0;
	m->name = ip_strdup(name);
	m->rank = rank;
	return m->name ? 0 : IP_ENOMEM;
}

/* Each dataset of a group: fn is given its path and its JSON. */
static int each(struct names *n, const char *group, int (*fn)(struct names *n,
	const char *path, json_t *j))
{
	struct ip_h5_names list = { 0 };
	json_t *j;
	char *path;
	size_t i;
	int rc;

	rc = ip_h5_list(n->v->f, group, &list);
	for (i = 0; i < list.count && rc == 0; i++) {
		path = ip_h5_join(group, list.v[i]);
		j = NULL;
		rc = path ? load(n->v, path, &j) : IP_ENOMEM;
		if (rc == 0 && j)
			rc = fn(n, path, j);
		json_decref(j);
		ip_free(path);
	}
	ip_h5_names_free(&list);
	return rc < 0 ? rc : 0;
}

/* ---- before version 11: operations ---- */

static int stem_input(struct names *n, const char *path, json_t *j)
{
	struct ip_velox_image *m = image_at(n->v, ip_velox_text(j, "dataPath"));
	const char *detector = ip_velox_text(j, "detector");
	const json_t *out = json_object_get(j, "outputs"), *segments, *to;
	struct input *in;
	double index;
	int64_t segment;
	size_t i;
	int rc;

	(void)path;
	if (!detector || !m)
		return 0;
	rc = name_image(m, detector, IP_VELOX_DETECTOR);
	segments = json_object_get(json_object_get(j, "detectorInfo"),
		"segments");
	if (rc == 0 && json_array_size(segments) == 1 && ip_velox_number(
	    json_array_get(segments, 0), "index", &index) && index >= 0 &&
	    index < 64) {
		segment = (int64_t)index;
		rc = ip_attrs_i64(&m->own, "segment", &segment, 1);
	}
	for (i = 0; i < json_array_size(out) && n->count < INPUTS_MAX; i++) {
		to = json_array_get(out, i);
		in = &n->inputs[n->count];
		in->operation = ip_velox_text(to, "operation");
		in->detector = detector;
		if (in->operation && ip_velox_number(to, "inputIndex",
		    &in->index))
			n->count++;
	}
	/* the texts are j's */
	if (rc == 0 && json_array_append(n->stem, j) != 0)
		rc = ip_fail(IP_ENOMEM, "out of memory");
	return rc;
}

static const char *input_of(const struct names *n, const char *operation,
	double index)
{
	size_t i;

	for (i = 0; i < n->count; i++)
		if (strcmp(n->inputs[i].operation, operation) == 0 &&
		    n->inputs[i].index == index)
			return n->inputs[i].detector;
	return NULL;
}

/* "DF4-A" and "DF4-C" give "A-C"; other names as they are. */
static char *difference_name(const char *a, const char *b)
{
	const char *dash = strrchr(a, '-');
	size_t n = dash ? (size_t)(dash - a) + 1 : 0;

	if (strncmp(a, b, n) != 0 || !a[n] || !b[n])
		n = 0;
	return ip_format("%s-%s", a + n, b + n);
}

/* What its inputs are not told of, the next operation's inputs tell. */
static int difference(struct names *n, const char *path, json_t *j)
{
	struct ip_velox_image *m = image_at(n->v, ip_velox_text(j, "dataPath"));
	const char *mode = ip_velox_text(j, "mathematicsMode");
	const char *a = input_of(n, path, 0), *b = input_of(n, path, 1);
	double index;
	char *name;
	int rc;

	if (mode && strcmp(mode, "Subtraction") != 0)
		return name_image(m, mode, IP_VELOX_DIFFERENCE);
	if (!a || !b) {
		if (!ip_velox_number(json_array_get(json_object_get(j,
		    "outputs"), 0), "inputIndex", &index))
			return 0;
		return name_image(m, index == 0 ? "A-C" : "B-D",
			IP_VELOX_DIFFERENCE);
	}
	name = difference_name(a, b);
	rc = name ? name_image(m, name, IP_VELOX_DIFFERENCE) : IP_ENOMEM;
	ip_free(name);
	return rc;
}

static int is_true(const json_t *j, const char *key)
{
	const char *s = ip_velox_text(j, key);

	return s ? strcmp(s, "true") == 0 :
		json_is_true(json_object_get(j, key));
}

/* iDPC or dDPC; of a filtered one, what was before the filter as well. */
static int integral(struct names *n, const char *path, json_t *j)
{
	int i = is_true(j, "integrationMode"), filter = is_true(j,
		"enableFilter"), rc;
	struct ip_velox_image *m = image_at(n->v, ip_velox_text(j, "dataPath"));
	struct ip_velox_image *raw = image_at(n->v, ip_velox_text(j,
		"unfilteredDataPath"));
	double sigma;

	(void)path;
	if (raw == m)
		raw = NULL;
	rc = name_image(m, i ? "iDPC" : "dDPC", IP_VELOX_DERIVED);
	if (rc == 0)
		rc = name_image(raw, i ? "iDPC unfiltered" : "dDPC unfiltered",
			IP_VELOX_DERIVED);
	if (rc == 0 && m && filter && ip_velox_number(j,
	    "gaussianHighPassSigma", &sigma))
		rc = ip_attrs_number(&m->own, "high_pass_sigma", sigma);
	return rc;
}

static int vector(struct names *n, const char *path, json_t *j)
{
	(void)path;
	return name_image(image_at(n->v, ip_velox_text(j, "dataPath")), "DPC",
		IP_VELOX_DERIVED);
}

/* Drift-corrected frames, summed. */
static int sum(struct names *n, const char *path, json_t *j)
{
	(void)path;
	return name_image(image_at(n->v, ip_velox_text(j, "dataPath")), "DCFI",
		IP_VELOX_DERIVED);
}

static int camera(struct names *n, const char *path, json_t *j)
{
	(void)path;
	return name_image(image_at(n->v, ip_velox_text(j, "dataPath")),
		ip_velox_text(j, "cameraName"), IP_VELOX_DETECTOR);
}

/* ---- since version 11: titles ---- */

static int display(struct names *n, const char *path, json_t *j)
{
	const char *data = ip_velox_text(j, "data");
	const char *title = ip_velox_text(j, "title");
	json_t *reference = NULL;
	char *name;
	int rc;

	(void)path;
	data = data ? strrchr(data, '/') : NULL;
	title = title ? title : ip_velox_text(j, "id");
	if (!data || !title)
		return 0;
	name = ip_format("/SharedProperties/ImageSeriesDataReference%s", data);
	rc = name ? load(n->v, name, &reference) : IP_ENOMEM;
	if (rc == 0)
		rc = name_image(image_at(n->v, ip_velox_text(reference,
			"dataPath")), title, IP_VELOX_DETECTOR);
	json_decref(reference);
	ip_free(name);
	return rc;
}

int ip_velox_names(struct ip_velox *v)
{
	static const struct {
		const char *group;
		int (*fn)(struct names *n, const char *path, json_t *j);
	} sources[] = {
		{ "/Operations/StemInputOperation", stem_input },
		{ "/Operations/CameraInputOperation", camera },
		{ "/Operations/MathematicsOperation", difference },
		{ "/Operations/DpcOperation", vector },
		{ "/Operations/SurfaceReconstructionOperation", integral },
		{ "/Operations/IntegrationOperation", sum },
		{ "/Displays/ImageDisplay", display },
	};
	struct names n = { .v = v, .stem = json_array() };
	size_t i;
	int rc = 0;

	if (!n.stem)
		return ip_fail(IP_ENOMEM, "out of memory");
	for (i = 0; i < sizeof sources / sizeof *sources && rc == 0; i++)
		rc = each(&n, sources[i].group, sources[i].fn);
	json_decref(n.stem);
	return rc;
}
