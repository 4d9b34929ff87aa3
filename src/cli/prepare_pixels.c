/* iphase-prepare: other pixels, alike for all pictures of the measurement. */
#include <math.h>
#include <string.h>
#include <iphase/em.h>
#include <iphase/specimen.h>
#include "prepare_tool.h"
#include "segments.h"

#define ENOUGH 1e-2	/* degree: a detector so near needs no turn */
#define SAME 1e-3	/* of a pixel's side that needs no other */

static const size_t *size_of(const struct ip_prepare_job *job)
{
	return job->segments.shape + job->segments.ndim - 2;
}

/* ---- steps; each is taken by every picture ---- */

enum kind { CROP, REBIN, TURN, SAMPLE };
struct step {
	enum kind kind;
	size_t at[2], size[2], n;
	double degree;
	struct ip_sampling sampling;
};

static int take(const struct step *s, struct ip_tensor *t,
	enum ip_kernel kernel)
{
	struct ip_sampling how = s->sampling;
	struct ip_tensor r = { 0 }, v;
	int rc = 0;

	if (!t->data || t->ndim < 2)
		return 0;
	how.kernel = kernel;
	switch (s->kind) {
	case CROP:
		rc = ip_prepare_crop(t, s->at, s->size, &v);
		if (rc == 0)
			rc = ip_tensor_convert(&r, IP_F64, &v);
		break;
	case REBIN: rc = ip_prepare_rebin(t, s->n, &r); break;
	case TURN:
		rc = ip_prepare_turn(t, s->degree, s->size, kernel, &r);
		break;
	case SAMPLE: rc = ip_prepare_sample(t, &how, &r); break;
	}
	if (rc == 0)
		ip_prepare_replace(t, &r);
	return rc;
}

/* Maps of thickness have edges and must not swing: they are linear. */
static int take_all(struct ip_prepare_job *job, const struct step *s)
{
	int i, rc = take(s, &job->segments, IP_BAND_LIMITED);

	for (i = 0; rc == 0 && i < IP_PREPARE_TRUTHS; i++)
		rc = take(s, &job->truth[i], IP_BAND_LIMITED);
	return rc < 0 ? rc : take(s, &job->thickness, IP_LINEAR);
}

/* ---- crop and rebin ---- */

static int crop(struct ip_prepare_job *job)
{
	struct step s = { .kind = CROP };
	int rc;

	if (job->o->crop.count == 0)
		return 0;
	rc = ip_prepare_region(job, "crop", &job->o->crop, s.at, s.size);
	if (rc)
		return rc;
	job->whole &= s.size[0] == size_of(job)[0] &&
		s.size[1] == size_of(job)[1];
	rc = take_all(job, &s);
	return rc < 0 ? rc : ip_prepare_note(job, "cropped to %zu x %zu pixels"
		" from (%g, %g) on", s.size[0], s.size[1], job->o->crop.v[0],
		job->o->crop.v[1]);
}

static int rebin(struct ip_prepare_job *job)
{
	struct step s = { .kind = REBIN };
	const size_t *n = size_of(job);
	double pixel[2];
	int rc;

	if (job->o->rebin == 1)
		return 0;
	if (job->o->rebin < 1 || (size_t)job->o->rebin > n[0] ||
	    (size_t)job->o->rebin > n[1])
		return ip_cli_usage(job->cli, "--rebin: %ld, expected 1 to the"
			" sides of %zu x %zu pixels", job->o->rebin, n[0],
			n[1]);
	s.n = (size_t)job->o->rebin;
	job->whole &= n[0] % s.n == 0 && n[1] % s.n == 0;
	ip_cli_pixel_size(&job->attrs, pixel);
	pixel[0] *= (double)s.n;
	pixel[1] *= (double)s.n;
	rc = take_all(job, &s);
	if (rc == 0)
		rc = ip_prepare_set_pixel(job, pixel);
	return rc < 0 ? rc : ip_prepare_note(job, "rebinned by %zu", s.n);
}

/* ---- the detector where the model has it ---- */

/* With the picture all that is fixed to the specimen turns about the beam. */
static void turn_euler(struct ip_tensor *euler, double degree)
{
	const double about[3] = { degree, 0, 0 };
	double a[3][3], b[3][3], c[3][3], *v = euler->data;
	size_t i, n = euler->data ? ip_tensor_count(euler) / 3 : 0;

	ip_euler_matrix(about, a);
	for (i = 0; i < n; i++, v += 3) {
		ip_euler_matrix(v, b);
		for (int j = 0; j < 9; j++)
			c[j / 3][j % 3] = a[j / 3][0] * b[0][j % 3] +
				a[j / 3][1] * b[1][j % 3] +
				a[j / 3][2] * b[2][j % 3];
		ip_euler_angles(c, v);
	}
}

/* Vectors of the plane that the file has. */
static int turn_vectors(struct ip_attrs *a, double degree)
{
	static const char *const keys[] = { "beam_tilt", "detector_offset" };
	double c = cos(degree * 3.14159265358979323846 / 180);
	double s = sin(degree * 3.14159265358979323846 / 180), v[2];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < 2; i++) {
		const struct ip_attr *at = ip_attrs_find(a, keys[i]);

		if (!at || at->type != IP_ATTR_F64 || at->count != 2)
			continue;
		v[0] = c * at->v.f64[0] - s * at->v.f64[1];
		v[1] = s * at->v.f64[0] + c * at->v.f64[1];
		rc = ip_attrs_f64(a, keys[i], v, 2);
	}
	return rc;
}

/* Pixels must be as wide as high to be turned. */
static int make_square(struct ip_prepare_job *job)
{
	struct step s = { .kind = SAMPLE };
	double pixel[2], step[2], side;
	int rc;

	ip_cli_pixel_size(&job->attrs, pixel);
	if (isnan(pixel[0]))
		return 0;
	side = fmin(pixel[0], pixel[1]);
	step[0] = side / pixel[0];
	step[1] = side / pixel[1];
	if (step[0] > 1 - SAME && step[1] > 1 - SAME)
		return 0;
	ip_prepare_resampling(size_of(job), step, &s.sampling);
	pixel[0] = pixel[1] = side;
	rc = take_all(job, &s);
	if (rc == 0)
		rc = ip_prepare_set_pixel(job, pixel);
	return rc < 0 ? rc : ip_prepare_note(job, "resampled to square pixels"
		" of %g Angstrom", side);
}

static int turn_picture(struct ip_prepare_job *job, double degree)
{
	struct step s = { .kind = TURN, .degree = degree };
	int rc = make_square(job);

	if (rc < 0)
		return rc;
	ip_prepare_turned_size(size_of(job), degree, s.size);
	rc = take_all(job, &s);
	if (rc < 0)
		return rc;
	turn_euler(&job->euler, degree);
	job->whole = 0;
	rc = turn_vectors(&job->attrs, degree);
	return rc < 0 ? rc : ip_prepare_note(job, "picture and detector turned"
		" by %g degree, %zu x %zu pixels are left", degree, s.size[0],
		s.size[1]);
}

static int turn_detector(struct ip_prepare_job *job, double to)
{
	double from = ip_attrs_get(&job->attrs, "rotation", NAN), degree;
	size_t order[4], i;
	int k, rc = 0;

	if (isnan(to))
		return 0;
	if (isnan(from))
		return ip_cli_usage(job->cli, "where the detector is against"
			" the scan is not known: give --rotation");
	ip_prepare_detector(from, to, &k, &degree);
	if (k) {
		for (i = 0; i < 4; i++)
			order[i] = (i + (size_t)k) % 4;
		rc = ip_cli_reorder(&job->segments, order);
		if (rc == 0)
			rc = ip_prepare_note(job, "detector from %g to %g"
				" degree: segment %d is now 0", from,
				to - degree, k);
	}
	if (rc == 0 && fabs(degree) > ENOUGH)
		rc = turn_picture(job, degree);
	else
		to -= degree;
	return rc < 0 ? rc : ip_attrs_number(&job->attrs, "rotation", to);
}

/* ---- pixels of another size ---- */

/*
 * A picture has no frequency above 2 alpha/lambda: pixels of lambda/(4 alpha)
 * show all of it, larger ones fold some of it back, which nothing undoes.
 */
static void warn_coarse(const struct ip_prepare_job *job, const double *pixel)
{
	double energy = ip_attrs_get(&job->attrs, "energy", NAN);
	double semiangle = ip_attrs_get(&job->attrs, "semiangle", NAN), most;

	if (!(energy > 0) || !(semiangle > 0))
		return;
	most = ip_wavelength(energy) / (4e-3 * semiangle);
	if (fmax(pixel[0], pixel[1]) > most * (1 + SAME))
		ip_cli_warn("scanned in steps of %g Angstrom, where %.3g show"
			" all there is: finer detail is folded back into the"
			" picture, and no resampling takes it out",
			fmax(pixel[0], pixel[1]), most);
}

static int resample(struct ip_prepare_job *job, const double to[2])
{
	struct step s = { .kind = SAMPLE };
	double pixel[2], step[2];
	const size_t *n = size_of(job);
	int d, rc;

	ip_cli_pixel_size(&job->attrs, pixel);
	if (isnan(to[0]))
		return 0;
	if (isnan(pixel[0]))
		return ip_cli_usage(job->cli, "how large the pixels are is not"
			" known: give --pixel-size");
	for (d = 0; d < 2; d++) {
		step[d] = to[d] / pixel[d];
		if (step[d] > (double)n[d] || (double)n[d] / step[d] > 65536)
			return ip_cli_usage(job->cli, "pixels of %g Angstrom"
				" out of %zu of %g make no picture", to[d],
				n[d], pixel[d]);
	}
	if (fabs(step[0] - 1) < SAME && fabs(step[1] - 1) < SAME)
		return 0;
	ip_prepare_resampling(n, step, &s.sampling);
	rc = take_all(job, &s);
	if (rc == 0)
		rc = ip_prepare_set_pixel(job, to);
	job->whole = 0;
	return rc < 0 ? rc : ip_prepare_note(job, "resampled from %g x %g to"
		" %g x %g Angstrom, %zu x %zu pixels", pixel[0], pixel[1],
		to[0], to[1], s.sampling.size[0], s.sampling.size[1]);
}

int ip_prepare_pixels(struct ip_prepare_job *job)
{
	const struct ip_prepare_options *o = job->o;
	double to[2] = { o->resample, o->resample }, rotation = o->detector;
	double pixel[2];
	int rc;

	if (!isnan(o->resample) && !(o->resample > 0))
		return ip_cli_usage(job->cli, "--resample: %g, expected"
			" Angstrom above 0", o->resample);
	ip_cli_pixel_size(&job->attrs, pixel);
	warn_coarse(job, pixel);
	rc = crop(job);
	if (rc == 0)
		rc = rebin(job);
	if (rc == 0 && o->model)
		rc = ip_prepare_model(job, to, &rotation);
	if (rc == 0)
		rc = turn_detector(job, rotation);
	return rc ? rc : resample(job, to);
}
