__kernel void fill(BUF(x), uint n, real value)
{
	uint i = get_global_id(0);

	if (i < n)
		AT(x)[i] = value;
}
