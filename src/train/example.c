/* What the network sees of a picture, and what it is to answer. */
#include <math.h>
#include <string.h>
#include <iphase/infer.h>
#include <iphase/random.h>
#include <iphase/real.h>
#include "augment.h"
#include "core/core.h"
#include "example.h"

uint64_t ip_data_key(uint64_t seed, uint32_t stream, uint64_t number)
{
	uint32_t w[4];

	ip_philox(seed, stream, number, 0, w);
	return (uint64_t)w[0] << 32 | w[1];
}

/* ---- what can be one ---- */

static int check_size(const struct ip_data_file *f, const size_t size[2],
	size_t crop)
{
	const size_t step = IP_NET_STEP;

	if (size[0] % step == 0 && size[1] % step == 0 &&
	    (size[0] > step || size[1] > step))
		return 0;
	if (crop)
		return ip_fail(IP_EINVAL, "a crop of %zu pixels: expected a"
			" multiple of %d, from %d on", crop, IP_NET_STEP,
			2 * IP_NET_STEP);
	return ip_fail(IP_EINVAL, "%s: pictures of %zu x %zu pixels; the"
		" network learns from sides that are multiples of %d, and more"
		" than %d x %d: let a part be cut out of them (--crop)",
		f->path, f->h, f->w, IP_NET_STEP, IP_NET_STEP, IP_NET_STEP);
}

static int check_dose(const struct ip_data_file *f, const double dose[2])
{
	if (dose[0] == 0 && dose[1] == 0)
		return 0;
	if (!(dose[0] > 0 && dose[1] >= dose[0] && isfinite(dose[1])))
		return ip_fail(IP_EINVAL, "doses from %g to %g electrons a"
			" square Angstrom: expected two numbers above 0, the"
			" smaller first", dose[0], dose[1]);
	if (f->counts)
		return ip_fail(IP_EINVAL, "%s: its segments are counts, which"
			" have the noise of their dose already", f->path);
	if (!(f->pixel[0] > 0 && f->pixel[1] > 0 &&
	    isfinite(f->pixel[0] * f->pixel[1])))
		return ip_fail(IP_EINVAL, "%s: has no pixel_size, without which"
			" a dose is no number of electrons", f->path);
	return 0;
}

static int check_empty(const struct ip_data_file *f, double share)
{
	if (share == 0)
		return 0;
	if (f->counts)
		return ip_fail(IP_EINVAL, "%s: its segments are counts; empty"
			" pictures are made of fractions of the beam", f->path);
	if (isnan(f->share))
		return ip_fail(IP_EINVAL, "%s: does not say what its segments"
			" have of the beam without a specimen (semiangle,"
			" inner, outer; no beam_tilt or detector_offset)",
			f->path);
	return 0;
}

int ip_example_check(const struct ip_dataset *d, size_t i,
	const struct ip_feeding *how, size_t size[2])
{
	const struct ip_data_file *f = ip_dataset_file(d, i);
	size_t crop = how->change.crop;
	int rc;

	if (!f)
		return IP_EINVAL;
	if (!(how->scale > 0 && isfinite(how->scale)))
		return ip_fail(IP_EINVAL, "a scale of %g V Angstrom: expected"
			" more than 0", how->scale);
	if (crop > f->h || crop > f->w)
		return ip_fail(IP_EINVAL, "%s: pictures of %zu x %zu pixels,"
			" smaller than the part of %zu x %zu that is to be cut"
			" out (--crop)", f->path, f->h, f->w, crop, crop);
	rc = check_dose(f, how->change.dose);
	if (rc == 0)
		rc = check_empty(f, how->change.empty);
	if (rc < 0)
		return rc;
	size[0] = crop ? crop : f->h;
	size[1] = crop ? crop : f->w;
	return check_size(f, size, crop);
}

/* ---- the example ---- */

/* The picture without its specimen. */
static void take_away(const struct ip_data_file *f, struct ip_sample *s)
{
	size_t n = ip_tensor_count(&s->segments), i;
	float *v = s->segments.data;

	for (i = 0; i < n; i++)
		v[i] = (float)(f->share * s->incident);
	memset(s->truth.data, 0, ip_tensor_count(&s->truth) * sizeof(float));
}

/* x (inputs, h, w) of ip_real, new. */
static int features(const struct ip_sample *s, const struct ip_feeding *how,
	uint64_t key, struct ip_tensor *x)
{
	struct ip_measurement in = { .segments = s->segments,
		.thickness = s->thickness, .incident = s->incident };
	struct ip_tensor t = { 0 };
	int rc;

	memcpy(in.euler, s->euler, sizeof in.euler);
	rc = ip_infer_features(&in, how->metadata, &t);
	if (rc == 0 && how->change.reference)
		rc = ip_change_reference(&t, key);
	if (rc == 0)
		rc = ip_tensor_convert(x, IP_REAL_DTYPE, &t);
	ip_tensor_free(&t);
	return rc;
}

/* target (1, h, w) of ip_real, new. */
static int answer(const struct ip_sample *s, double scale,
	struct ip_tensor *target)
{
	size_t shape[3] = { 1, s->truth.shape[0], s->truth.shape[1] }, i, n;
	const float *v = s->truth.data;
	int rc = ip_tensor_new(target, IP_REAL_DTYPE, 3, shape);

	for (n = shape[1] * shape[2], i = 0; rc == 0 && i < n; i++)
		((ip_real *)target->data)[i] = (ip_real)((double)v[i] / scale);
	return rc;
}

int ip_dataset_example(const struct ip_dataset *d, size_t i, uint64_t draw,
	const struct ip_feeding *how, struct ip_tensor *x,
	struct ip_tensor *target)
{
	struct ip_sample s = { 0 };
	struct ip_tensor new_x = { 0 }, new_target = { 0 };
	const struct ip_data_file *f;
	struct ip_change change;
	uint64_t key;
	size_t size[2];
	int rc = ip_example_check(d, i, how, size);

	if (rc < 0)
		return rc;
	key = ip_data_key(ip_data_key(how->seed, IP_STREAM_CHANGE, i),
		IP_STREAM_CHANGE, draw);
	f = ip_dataset_file(d, i);
	change = ip_change_draw(f, &how->change, key);
	rc = ip_ramp_get(f, d->truth, i - f->first, how->change.ramps, key,
		&s);
	if (rc == 0 && ip_change_uniform(key, IP_CHANGE_EMPTY) <
		how->change.empty)
		take_away(f, &s);
	if (rc == 0)
		rc = ip_change_apply(&change, &s);
	if (rc == 0)
		rc = features(&s, how, key, &new_x);
	if (rc == 0)
		rc = answer(&s, how->scale, &new_target);
	/* last, for segments are scaled by all of a picture, as in inference */
	if (rc == 0)
		rc = ip_change_cut(&change, &new_x);
	if (rc == 0)
		rc = ip_change_cut(&change, &new_target);
	ip_sample_free(&s);
	if (rc < 0) {
		ip_tensor_free(&new_x);
		ip_tensor_free(&new_target);
		return rc;
	}
	*x = new_x;
	*target = new_target;
	return 0;
}
