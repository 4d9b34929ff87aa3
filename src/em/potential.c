/* The specimen's potential, slice by slice, in double precision. */
#include <math.h>
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "core/blas.h"
#include "core/core.h"
#include "core/fft.h"
#include "em/potential.h"

/* ---- making one ---- */

static int check_box(const struct ip_structure *box, double thickness)
{
	const double (*c)[3] = (const double (*)[3])box->cell;
	double off = fabs(c[0][1]) + fabs(c[0][2]) + fabs(c[1][0]) +
		fabs(c[1][2]) + fabs(c[2][0]) + fabs(c[2][1]);
	size_t i;
	int rc;

	if ((rc = ip_structure_check(box, 0.5)) < 0)
		return rc;
	if (!(c[0][0] > 0 && c[1][1] > 0 && c[2][2] > 0))
		return ip_fail(IP_EPHYSICS, "potential: the box of %g x %g x "
			"%g Angstrom has no volume", c[0][0], c[1][1], c[2][2]);
	if (off > 1e-9 * (c[0][0] + c[1][1] + c[2][2]))
		return ip_fail(IP_EINVAL, "potential: the box must be "
			"orthogonal with its axes along x, y and z");
	if (!(thickness > 0) || !isfinite(thickness))
		return ip_fail(IP_EINVAL, "slice thickness: %g Angstrom; "
			"expected a positive number", thickness);
	if (c[2][2] / thickness > 1e6)
		return ip_fail(IP_ELIMIT, "slice thickness: %g Angstrom makes "
			"%g slices; expected at most 1e6", thickness,
			c[2][2] / thickness);
	/* rounding may have left an atom of the first plane below 0 */
	for (i = 0; i < box->count; i++)
		if (!(box->atoms[i].r[2] >= -1e-9 &&
			box->atoms[i].r[2] < c[2][2]))
			return ip_fail(IP_EPHYSICS, "potential: atom %zu at "
				"z = %g lies outside the box, 0 to %g", i + 1,
				box->atoms[i].r[2], c[2][2]);
	return IP_OK;
}

static int check_grid(const struct ip_structure *box,
	const struct ip_grid *grid)
{
	struct ip_band band;
	int i, rc;

	if ((rc = ip_grid_band(grid, &band)) < 0)
		return rc;
	for (i = 0; i < 2; i++)
		if (fabs(box->cell[i][i] - grid->length[i]) >
			1e-9 * grid->length[i])
			return ip_fail(IP_EINVAL, "potential: the box is %g "
				"Angstrom wide, the grid %g", box->cell[i][i],
				grid->length[i]);
	return IP_OK;
}

static struct ip_species *find_species(const struct ip_potential *p,
	const struct ip_atom *a)
{
	size_t i;

	for (i = 0; i < p->species_count; i++)
		if (p->species[i].z == a->z && p->species[i].u == a->u &&
			p->species[i].occupancy == a->occupancy)
			return &p->species[i];
	return NULL;
}

/*
 * f(k)/kappa, with displacements and the mean number of atoms, over the area;
 * the peer's deposit also divides by sin(q)/q.
 */
static void fill_table(const struct ip_potential *p, enum ip_factors set,
	struct ip_species *s)
{
	const struct ip_grid *g = &p->grid;
	size_t nh = g->n[1] / 2 + 1, i, j;
	double area = g->length[0] * g->length[1];
	double dx = g->length[0] / (double)g->n[0];
	double dy = g->length[1] / (double)g->n[1];

	for (i = 0; i < g->n[0]; i++)
		for (j = 0; j < nh; j++) {
			double kx = ip_signed_index(i, g->n[0]) / g->length[0];
			double ky = (double)j / g->length[1];
			double k2 = kx * kx + ky * ky;
			double q = hypot(kx * dx, ky * dy);
			double v = s->occupancy * ip_factor(set, s->z,
				sqrt(k2)) / IP_KAPPA / area * exp(-2 *
				9.86960440108935862 * s->u * s->u * k2);

			if (p->deposit == IP_BILINEAR && q > 0)
				v *= q / sin(q);
			s->table[i * nh + j] = v;
		}
}

static int collect_species(struct ip_potential *p,
	const struct ip_structure *box, enum ip_factors set)
{
	size_t cap = 0, i, n = p->grid.n[0] * (p->grid.n[1] / 2 + 1);
	int rc;

	for (i = 0; i < box->count; i++) {
		const struct ip_atom *a = &box->atoms[i];
		struct ip_species *s;

		if (find_species(p, a) != NULL)
			continue;
		if (isnan(ip_factor(set, a->z, 0)))
			return ip_fail(IP_ENOTFOUND, "potential: these "
				"scattering factors have no element %d", a->z);
		if (p->species_count >= 1000)
			return ip_fail(IP_ELIMIT, "potential: more than 1000 "
				"different elements, displacements and "
				"occupancies");
		if ((rc = ip_grow(&p->species, &cap, p->species_count + 1,
				sizeof(*p->species))) < 0)
			return rc;
		s = &p->species[p->species_count++];
		s->z = a->z;
		s->u = a->u;
		s->occupancy = a->occupancy;
		if ((s->table = ip_alloc_array(n, sizeof(double))) == NULL)
			return IP_ENOMEM;
		fill_table(p, set, s);
	}
	return IP_OK;
}

/* The slice of depth z: the first whose lower edge lies deeper. */
static size_t slice_of(const struct ip_potential *p, double z)
{
	size_t s = z > 0 ? (size_t)(z / p->thickness) : 0;

	/* an atom on an edge belongs below it; the edges' sums are rounded */
	while (s > 0 && z < (double)s * p->thickness - 1e-12)
		s--;
	while (s + 1 < p->slices && z >= (double)(s + 1) * p->thickness - 1e-12)
		s++;
	return s < p->slices ? s : p->slices - 1;
}

static int sort_sites(struct ip_potential *p, const struct ip_structure *box)
{
	size_t bins = p->slices * p->species_count, i, b, *next;

	p->sites = ip_alloc_array(box->count, sizeof(*p->sites));
	p->first = ip_alloc_array(bins + 1, sizeof(*p->first));
	next = ip_alloc_array(bins + 1, sizeof(*next));
	if (p->sites == NULL || p->first == NULL || next == NULL) {
		ip_free(next);
		return IP_ENOMEM;
	}
	for (i = 0; i < box->count; i++) {
		const struct ip_atom *a = &box->atoms[i];

		b = slice_of(p, a->r[2]) * p->species_count +
			(size_t)(find_species(p, a) - p->species);
		p->first[b + 1]++;
	}
	for (b = 0; b < bins; b++)
		p->first[b + 1] += p->first[b];
	memcpy(next, p->first, (bins + 1) * sizeof(*next));
	for (i = 0; i < box->count; i++) {
		const struct ip_atom *a = &box->atoms[i];

		b = slice_of(p, a->r[2]) * p->species_count +
			(size_t)(find_species(p, a) - p->species);
		p->sites[next[b]].x = a->r[0];
		p->sites[next[b]++].y = a->r[1];
	}
	ip_free(next);
	return IP_OK;
}

int ip_potential_from_structure(struct ip_potential **out,
	const struct ip_structure *box, const struct ip_grid *grid,
	double slice_thickness, enum ip_factors set, enum ip_deposit deposit)
{
	struct ip_potential *p;
	int rc;

	if ((rc = check_box(box, slice_thickness)) < 0 ||
		(rc = check_grid(box, grid)) < 0)
		return rc;
	if ((p = ip_alloc(sizeof(*p))) == NULL)
		return IP_ENOMEM;
	p->grid = *grid;
	p->deposit = deposit;
	/* a whole number of slices stays one, however it was rounded */
	p->slices = (size_t)ceil(box->cell[2][2] / slice_thickness *
		(1 - 1e-12));
	p->thickness = box->cell[2][2] / (double)p->slices;
	if ((rc = collect_species(p, box, set)) < 0 ||
		(rc = sort_sites(p, box)) < 0) {
		ip_potential_free(p);
		return rc;
	}
	*out = p;
	return IP_OK;
}

int ip_potential_from_slices(struct ip_potential **out,
	const struct ip_tensor *slices, const struct ip_grid *grid,
	double slice_thickness)
{
	struct ip_potential *p;
	struct ip_tensor view;
	struct ip_band band;
	int rc;

	if (slices->ndim != 3 || slices->shape[0] == 0 ||
		slices->shape[1] != grid->n[0] ||
		slices->shape[2] != grid->n[1])
		return ip_fail(IP_EINVAL, "potential: slices of shape (n, "
			"%zu, %zu) are expected", grid->n[0], grid->n[1]);
	if (!(slice_thickness > 0) || !isfinite(slice_thickness))
		return ip_fail(IP_EINVAL, "slice thickness: %g Angstrom; "
			"expected a positive number", slice_thickness);
	if ((rc = ip_grid_band(grid, &band)) < 0 ||
		(rc = ip_tensor_check_finite(slices, "potential slices")) < 0)
		return rc;
	if ((p = ip_alloc(sizeof(*p))) == NULL)
		return IP_ENOMEM;
	p->grid = *grid;
	p->slices = slices->shape[0];
	p->thickness = slice_thickness;
	p->given = ip_alloc_array(ip_tensor_count(slices), sizeof(double));
	if (p->given == NULL)
		rc = IP_ENOMEM;
	else if ((rc = ip_tensor_wrap(&view, IP_F64, 3, slices->shape,
			p->given)) == 0)
		rc = ip_tensor_copy(&view, slices);
	if (rc < 0) {
		ip_potential_free(p);
		return rc;
	}
	*out = p;
	return IP_OK;
}

void ip_potential_free(struct ip_potential *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->species_count; i++)
		ip_free(p->species[i].table);
	ip_free(p->species);
	ip_free(p->sites);
	ip_free(p->first);
	ip_free(p->wave);
	ip_free(p->given);
	ip_free(p);
}

/* ---- asking for slices ---- */

const struct ip_grid *ip_potential_grid(const struct ip_potential *p)
{
	return &p->grid;
}

size_t ip_potential_slices(const struct ip_potential *p)
{
	return p->slices;
}

double ip_potential_thickness(const struct ip_potential *p)
{
	return p->thickness;
}

/* The real part of the transform whose half [nx][ny/2 + 1] is given. */
static int to_real_space(const struct ip_potential *p, const double *half,
	double *full, double *v)
{
	size_t nx = p->grid.n[0], ny = p->grid.n[1], nh = ny / 2 + 1, i, j;
	int rc;

	for (i = 0; i < nx; i++) {
		const double *mirror = half + 2 * ((nx - i) % nx) * nh;

		memcpy(full + 2 * i * ny, half + 2 * i * nh,
			2 * nh * sizeof(*full));
		for (j = nh; j < ny; j++) {
			full[2 * (i * ny + j)] = mirror[2 * (ny - j)];
			full[2 * (i * ny + j) + 1] = -mirror[2 * (ny - j) + 1];
		}
	}
	if ((rc = ip_fft2_double(full, nx, ny, 1)) < 0)
		return rc;
	for (i = 0; i < nx * ny; i++)
		v[i] = full[2 * i];
	return IP_OK;
}

static int one_slice(const struct ip_potential *p, size_t slice, double *work,
	size_t most, double *v)
{
	size_t nx = p->grid.n[0], ny = p->grid.n[1], nh = ny / 2 + 1, s, b;
	double *half = work + ip_structure_factor_work(p, most);
	int rc;

	memset(half, 0, 2 * nx * nh * sizeof(*half));
	for (s = 0; s < p->species_count; s++) {
		b = slice * p->species_count + s;
		rc = ip_structure_factor(half, p, &p->species[s], p->sites +
			p->first[b], p->first[b + 1] - p->first[b], work);
		if (rc < 0)
			return rc;
	}
	ip_bond_waves_add(p->wave, p->waves, p->thickness, slice, slice, half);
	return to_real_space(p, half, half + 2 * nx * nh, v);
}

/* The most sites of one species in one slice of a run. */
static size_t busiest(const struct ip_potential *p, size_t first, size_t count)
{
	size_t b, most = 0;

	for (b = first * p->species_count; b < (first + count) *
		p->species_count; b++)
		if (p->first[b + 1] - p->first[b] > most)
			most = p->first[b + 1] - p->first[b];
	return most;
}

int ip_potential_get(struct ip_potential *p, size_t first, size_t count,
	double *v)
{
	size_t grid = p->grid.n[0] * p->grid.n[1], most, room;
	int threads = ip_threads(), rc = IP_OK;
	double *memory;
	long s;

	if (first > p->slices || count > p->slices - first)
		return ip_fail(IP_EINVAL, "potential: slices %zu to %zu of "
			"%zu", first, first + count, p->slices);
	if (p->given != NULL) {
		memcpy(v, p->given + first * grid, count * grid * sizeof(*v));
		return IP_OK;
	}
	ip_blas_single();
	most = busiest(p, first, count);
	room = ip_structure_factor_work(p, most) + 2 * (grid + p->grid.n[0]) +
		2 * grid;
	room = (room + 7) / 8 * 8;	/* every thread's aligned alike */
	if ((size_t)threads > count)
		threads = count > 0 ? (int)count : 1;
	memory = ip_alloc_array((size_t)threads * room, sizeof(*memory));
	if (memory == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
	for (s = 0; s < (long)count; s++) {
		int mine = one_slice(p, first + (size_t)s, memory +
			(size_t)omp_get_thread_num() * room, most,
			v + (size_t)s * grid);

		if (mine < 0)
#pragma omp atomic write
			rc = mine;
	}
	ip_free(memory);
	return rc;
}
