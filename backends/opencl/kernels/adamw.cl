/*
 * A step of AdamW. The moments go a share of the way to what is new: their old
 * and new part add up to 1, however beta is rounded. And p, whose decay of
 * 1e-9 a step would be lost by itself, is rounded once.
 */
__kernel void adamw(BUF(p), BUF(m), BUF(v), IN(g), uint n, real scale,
	real share1, real share2, real rate, real root, real eps, real decay)
{
	uint i = get_global_id(0);
	real d, first, second, weight;

	if (i >= n)
		return;
	d = scale * AT(g)[i];
	first = AT(m)[i];
	second = AT(v)[i];
	weight = AT(p)[i];
	first += share1 * (d - first);
	second += share2 * (d * d - second);
	AT(m)[i] = first;
	AT(v)[i] = second;
	AT(p)[i] = weight - (rate * first / (root * sqrt(second) + eps) +
		decay * weight);
}
