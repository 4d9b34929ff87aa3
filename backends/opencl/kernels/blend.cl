__kernel void blend(BUF(y), IN(x), uint n, real share)
{
	uint i = get_global_id(0);

	if (i < n)
		AT(y)[i] += share * (AT(x)[i] - AT(y)[i]);
}
