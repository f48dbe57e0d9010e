class Float8CurrentScaling:
    pass


class MXFP8BlockScaling:
    pass
