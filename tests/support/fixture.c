/* A small specimen: see fixture.h. */
#include "fixture.h"

static void make_atoms(struct ip_structure *s, double lx, double ly,
	uint64_t seed)
{
	static const int kinds[] = { 6, 14, 31, 41 };

	memset(s, 0, sizeof *s);
	s->count = 24;
	s->atoms = calloc(s->count, sizeof *s->atoms);
	s->cell[0][0] = lx;
	s->cell[1][1] = ly;
	s->cell[2][2] = 24;
	for (size_t i = 0; i < s->count; i++) {
		s->atoms[i].z = kinds[ip_test_random(&seed) % 4];
		s->atoms[i].occupancy = 1;
		for (int a = 0; a < 3; a++)
			s->atoms[i].r[a] = s->cell[a][a] *
				ip_test_uniform(&seed);
	}
}

void ip_test_fixture_potential(struct ip_test_fixture *f, size_t nx, size_t ny,
	enum ip_deposit deposit)
{
	struct ip_grid g = ip_test_grid(&f->atoms, nx, ny);

	ip_potential_free(f->s.potential);
	f->s.potential = NULL;
	assert_int_equal(ip_potential_from_structure(&f->s.potential,
		&f->atoms, &g, 2, IP_KIRKLAND, deposit), 0);
}

void ip_test_fixture_open(struct ip_test_fixture *f, size_t nx, size_t ny)
{
	memset(f, 0, sizeof *f);
	make_atoms(&f->atoms, (double)nx / 8, (double)ny / 8, 5);
	ip_test_fixture_potential(f, nx, ny, IP_EXACT);
	f->s.probe = ip_test_probe(200e3, 20);
	f->d[0] = ip_test_quadrants(10, 50);
	f->s.detectors = f->d;
	f->s.detector_count = 1;
	f->planes[0] = 12;
	f->s.planes = f->planes;
	f->s.plane_count = 1;
	f->s.scan = ip_test_scan(f->s.potential, 10, 9);
}

void ip_test_fixture_close(struct ip_test_fixture *f)
{
	ip_potential_free(f->s.potential);
	ip_structure_free(&f->atoms);
}

double ip_test_distance(const struct ip_tensor *a, const struct ip_tensor *b)
{
	assert_int_equal(ip_tensor_count(a), ip_tensor_count(b));
	return ip_test_max_abs(a->data, b->data, ip_tensor_count(a));
}
