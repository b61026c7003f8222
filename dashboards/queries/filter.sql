published_at >= {from:DateTime64(3, 'UTC')}
    AND published_at < {to:DateTime64(3, 'UTC')}
    AND (empty({brands:Array(String)}) OR hasAny(brands, {brands:Array(String)}))
    AND (empty({products:Array(String)}) OR hasAny(products, {products:Array(String)}))
    AND (empty({topics:Array(String)}) OR hasAny(topics, {topics:Array(String)}))
    AND (empty({sentiments:Array(String)}) OR has({sentiments:Array(String)}, sentiment))
    AND (empty({sources:Array(String)}) OR has({sources:Array(String)}, source))
    AND (empty({languages:Array(String)}) OR has({languages:Array(String)}, lang))
