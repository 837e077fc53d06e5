"""The indicator sets that come with the program, one module each; :data:`SETS` is published beside the processes."""

from __future__ import annotations

from process.indicator_sets.balanced_education import SET as BALANCED_EDUCATION
from process.indicator_sets.district_evaluation import SET as DISTRICT_EVALUATION
from process.indicator_sets.preschool_inclusion import SET as PRESCHOOL_INCLUSION
from process.indicators import IndicatorSet

SETS: tuple[IndicatorSet, ...] = (BALANCED_EDUCATION, PRESCHOOL_INCLUSION, DISTRICT_EVALUATION)

__all__ = ["BALANCED_EDUCATION", "DISTRICT_EVALUATION", "PRESCHOOL_INCLUSION", "SETS"]
