"""Random inputs that float and double hold exactly, so that both flavours start from the same x."""
import zlib

import torch


class Draw:
    """Matrices of multiples of 1/1024, seeded by the name of the case."""

    def __init__(self, op, case, dtype):
        self.generator = torch.Generator().manual_seed(zlib.crc32(f"{op}/{case}".encode()))
        self.dtype = dtype

    def normal(self, rows, cols):
        """N(0,1), never exactly zero: the kink of relu and abs has a case of its own."""
        x = torch.randn(rows, cols, generator=self.generator, dtype=torch.float64)
        x = (x * 1024).round() / 1024
        return torch.where(x == 0, torch.full_like(x, 0.5), x).to(self.dtype)

    def positive(self, rows, cols):
        """At least 1/4, for log, sqrt and fractional powers."""
        return self.normal(rows, cols).abs() + 0.25

    def nonzero(self, rows, cols):
        """Either sign, at least 1/2 away from zero, for divisors."""
        x = self.normal(rows, cols)
        return x + x.sign() / 2

    def scaled(self, rows, cols, factor):
        """N(0, factor²), rounded to float."""
        return (self.normal(rows, cols).double() * factor).float().to(self.dtype)

    def indices(self, count, limit):
        return torch.randint(limit, (count,), generator=self.generator).tolist()

    def mask(self, rows, cols, keep):
        kept = torch.rand(rows, cols, generator=self.generator, dtype=torch.float64) < keep
        return kept.to(self.dtype)
