"""FlashAttention: batch, sequence, heads, size."""


def flash_attn_func(q, k, v, causal):
    if q.shape[3] != v.shape[3]:
        raise RuntimeError("head sizes")
    return q.like()
