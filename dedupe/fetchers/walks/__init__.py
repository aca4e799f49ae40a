"""What every walk over a provider's list needs: numbered pages that move, guards against loops, judging
completeness.

Providers use all of it; the pipeline uses `completeness` and `loop_guard`.
"""
