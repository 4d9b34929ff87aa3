/* The norm of a gradient, squared. */
#pragma OPENCL FP_CONTRACT OFF

/* parts [blocks], of x cut as pixels of one channel */
__kernel void squares(BUF(parts), IN(x), CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	__global const real *from = AT(x) + p.pixel;
	float2 s = 0;

	for (uint r = 0; r < p.rows; r++, from += lanes)
		s = add(s, *from * *from);
	s = over_lanes(room, p.lane, lanes, width, s);
	if (p.first)
		AT(parts)[p.unit] = total(s);
}

/* The cut is that of parts. */
__kernel void settle(BUF(sum), IN(parts), CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	float2 s = 0;

	for (uint r = 0; r < p.rows; r++)
		s = add(s, AT(parts)[p.lane + r * lanes]);
	s = over_lanes(room, p.lane, lanes, width, s);
	if (p.first)
		AT(sum)[0] = total(s);
}
