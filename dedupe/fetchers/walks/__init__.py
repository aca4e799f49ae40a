"""What every walk over a provider's list needs: numbered pages that shift, guards against loops, and an
assessment of completeness.

Providers use all of it; the pipeline uses `completeness` and `loop_guard`.
"""
