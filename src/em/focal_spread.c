/* Partial temporal coherence: a mean over foci. */
#include <iphase/em.h>

/* Zeros of Hermite's polynomial H7 and the weights of its rule. */
static const double zero[] = { 0, 0.816287882858965, 1.673551628767471,
	2.651961356835233 };
static const double weight[] = { 0.810264617556807, 0.425607252610128,
	0.0545155828191270, 0.000971781245099519 };

void ip_focal_spread(double rms, const struct ip_aberrations *a,
	struct ip_aberrations sets[IP_FOCI], double weights[IP_FOCI])
{
	const double sqrt_2 = 1.41421356237309505, sqrt_pi = 1.77245385090551603;

	for (int i = 0; i < IP_FOCI; i++) {
		int n = i - IP_FOCI / 2, m = n < 0 ? -n : n;
		double x = n < 0 ? -zero[m] : zero[m];
		sets[i] = *a;
		sets[i].c[IP_C10] += sqrt_2 * rms * x;
		weights[i] = weight[m] / sqrt_pi;
	}
}
