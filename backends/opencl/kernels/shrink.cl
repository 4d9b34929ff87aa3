/*
 * Means over blocks of 'columns' pixels side by side and rows of them below
 * each other: a picture of the cut is a block. y [blocks][c]; of x, pixels of
 * 'pitch' numbers, from the first that is wanted on; 'across' blocks side by
 * side. share_high + share_low is one over the number of pixels.
 */
__kernel void shrink(BUF(y), IN(x), uint pitch, uint columns, uint across,
	real share_high, real share_low, CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	ulong wide = (ulong)across * columns;
	__global const real *from = AT(x) + (p.picture / across *
		(pixels / columns) * wide + p.picture % across * columns) *
		pitch + p.channel;
	float2 s = 0;
	uint r, i;

	for (r = 0, i = p.lane; r < p.rows; r++, i += lanes)
		s = add(s, from[(i / columns * wide + i % columns) * pitch]);
	s = over_lanes(room, p.lane, lanes, width, s);
	if (p.first)
		AT(y)[(ulong)p.picture * c + p.channel] = fma(s.x,
			share_high, s.x * share_low + s.y * share_high);
}
