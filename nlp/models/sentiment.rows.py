"""Turns openly licensed sources into rows for the sentiment model: text, tab, label, tab, language.

Usage: python3 sentiment.rows.py SOURCES OUT. SOURCES holds a clone of each repository below, named owner+name; with "-" only the posts
of our own are made, from sentiment.phrases.tsv.
"""
import csv, io, json, os, random, re, subprocess, sys, tarfile, zlib

SOURCES, OUT = sys.argv[1:3]

def show(repo, path, raw=False):
    data = subprocess.run(['git', '-C', f'{SOURCES}/{repo}', 'show', f'HEAD:{path}'], capture_output=True, check=True).stdout
    return data if raw else data.decode('utf-8', 'replace')

def files(repo, under):
    out = subprocess.run(['git', '-C', f'{SOURCES}/{repo}', 'ls-tree', '-r', '--name-only', 'HEAD', under], capture_output=True, check=True)
    return out.stdout.decode().split('\n')[:-1]

def write(name, rows):
    """Every tenth row, by its content, is kept unseen."""
    os.makedirs(f'{OUT}/{name}', exist_ok=True)
    clean = [(re.sub(r'\s+', ' ', text).strip(), label, lang) for text, label, lang in rows]
    list = name.startswith(('lexicon', 'plain', 'own'))
    parts = {'train': [], 'dev': []}
    for row in clean:
        if row[0]:
            unseen = not list and zlib.crc32(row[0].encode()) % 10 == 0
            parts['dev' if unseen else 'train'].append('\t'.join(row) + '\n')
    for part, lines in parts.items():
        if lines:
            with open(f'{OUT}/{name}/{part}.tsv', 'w') as out: out.writelines(lines)
    print(name, len(parts['train']), len(parts['dev']))

BRIGHTER = dict(afr='af', amh='am', arq='arq', ary='ary', chn='zh', deu='de', eng='en', esp='es', hau='ha', hin='hi', ibo='ig', ind='id',
    jav='jv', kin='rw', mar='mr', pcm='pcm', ptbr='pt', ptmz='pt', ron='ro', rus='ru', som='so', sun='su', swa='sw', swe='sv', tat='tt',
    ukr='uk', xho='xh', yor='yo', zul='zu', orm='om', tir='ti')
def brighter():
    """Emotions as tones: joy alone is positive, anger, disgust, fear and sadness are negative, none is neutral."""
    repo, seen, rows = 'emotion-analysis-project+SemEval2025-Task11', set(), []
    base = 'task-dataset/semeval-2025-task11-dataset/'
    for path in files(repo, base):
        code = os.path.basename(path)[:-4]
        if not path.endswith('.csv') or code not in BRIGHTER: continue
        for row in csv.DictReader(io.StringIO(show(repo, path))):
            key = (code, row['text'])
            if key in seen: continue
            try: has = {k: float(row.get(k) or 0) > 0 for k in ('anger', 'disgust', 'fear', 'joy', 'sadness', 'surprise')}
            except ValueError: continue
            seen.add(key)
            bad = has['anger'] or has['disgust'] or has['sadness'] or has['fear']
            if bad and has['joy'] or has['surprise'] and not bad and not has['joy']: continue
            rows.append((row['text'], 'neg' if bad else 'pos' if has['joy'] else 'neu', BRIGHTER[code]))
    write('brighter', rows)

def vader():
    """Texts with a mean rating from -4 to 4."""
    data = tarfile.open(fileobj=io.BytesIO(show('cjhutto+vaderSentiment', 'additional_resources/hutto_ICWSM_2014.tar.gz', True)))
    rows = {'vader_tweets': [], 'vader_reviews': [], 'vader_editorials': []}
    for member in data.getmembers():
        name = os.path.basename(member.name)
        kind = {'tweets_GroundTruth.txt': 'vader_tweets', 'amazonReviewSnippets_GroundTruth.txt': 'vader_reviews',
                'nytEditorialSnippets_GroundTruth.txt': 'vader_editorials', 'movieReviewSnippets_GroundTruth.txt': 'vader_reviews'}.get(name)
        if not kind or name.startswith('._'): continue
        for line in data.extractfile(member).read().decode('utf-8', 'replace').split('\n'):
            fields = line.rstrip('\r').split('\t')
            if len(fields) < 3: continue
            mean = float(fields[1])
            label = 'pos' if mean > 0.5 else 'neg' if mean < -0.5 else 'neu'
            rows[kind].append((fields[2], label, 'en'))
    for name, list in rows.items(): write(name, list)

def word(rows, text, score, low, lang):
    text = text.replace('_', ' ')
    rows.append((text, 'pos' if score > low else 'neg' if score < -low else 'neu', lang))

def lexicons():
    rows = []
    for lang in ('nl', 'en', 'fr', 'it'):
        senses = {}
        for tag in re.findall(r'<word [^>]*>', show('clips+pattern', f'pattern/text/{lang}/{lang}-sentiment.xml')):
            attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            senses.setdefault(attributes['form'], []).append(float(attributes['polarity']))
        for form, scores in senses.items(): word(rows, form, sum(scores) / len(scores), 0.12, lang)
    write('lexicon_pattern', rows)
    rows = []
    for path in files('axa-group+nlp.js', 'packages'):
        match = re.search(r'sentiment/(afinn|senticon)_(\w+)\.json$', path)
        if not match or match[1] == 'senticon': continue
        lang = {'no': 'nb'}.get(match[2], match[2])
        for form, score in json.loads(show('axa-group+nlp.js', path)).items():
            if isinstance(score, (int, float)): word(rows, form, float(score), 0.5, lang)
    for path in files('fnielsen+afinn', 'afinn/data'):
        match = re.search(r'AFINN-(en|da|sv|fi|fr|pl|tr)-(165|32)\.txt$', path)
        if not match: continue
        for line in show('fnielsen+afinn', path).split('\n'):
            fields = line.split('\t')
            if len(fields) == 2: word(rows, fields[0], float(fields[1]), 0.5, match[1])
    write('lexicon_afinn', rows)
    rows = []
    for line in show('cjhutto+vaderSentiment', 'vaderSentiment/vader_lexicon.txt').split('\n'):
        fields = line.split('\t')
        if len(fields) > 2: word(rows, fields[0], float(fields[1]), 0.6, 'en')
    write('lexicon_vader', rows)

NEUTRAL = dict(fr='French-PUD', it='Italian-PUD', es='Spanish-PUD', pt='Portuguese-PUD', de='German-PUD', hi='Hindi-PUD', ar='Arabic-PUD', sv='Swedish-PUD', nl='Dutch-LassySmall')
def plain():
    """News and encyclopedia sentences, taken for neutral."""
    rows = []
    for lang, name in NEUTRAL.items():
        repo = f'UniversalDependencies+UD_{name}'
        for path in files(repo, '.'):
            if path.endswith('-test.conllu') and '/' not in path:
                rows += [(text, 'neu', lang) for text in re.findall(r'^# text = (.*)$', show(repo, path), re.M)]
    write('plain_news', rows)

EMOJI = {'neg': '😡 😠 😤 😞 😢 🤬 👎 🙄 😒 😭 😩 :( >:('.split(), 'pos': '😊 😍 😀 👍 🎉 ❤️ 🙌 😁 🙏 💪 :) :D'.split()}
BUT = {'nl': ', maar ', 'en': ' but ', 'de': ', aber ', 'fr': ' mais ', 'es': ' pero ', 'it': ' ma ', 'pt': ' mas ', 'hi': ' lekin ', 'ja': 'けど、'}
RATINGS = {'neg': '1/10 2/10 3/10 4/10 1/5 2/5 ★☆☆☆☆ ⭐'.split(), 'neu': '5/10 6/10 3/5 ★★★☆☆'.split(), 'pos': '8/10 9/10 10/10 5/5 4/5 ★★★★★ ⭐⭐⭐⭐⭐'.split()}
HANDLES = '@support @helpdesk @service @yourairline @webcare @care @bank_help @travel @shop'.split()
# Posts of each language, and of those the shares addressed to a company that are negative, positive, neutral.
POSTS = {'nl': 9000, 'en': 7000, 'de': 4000, 'fr': 4000, 'es': 4000, 'it': 4000, 'pt': 4000, 'hi': 2500, 'ja': 3000}
KINDS = [('neg', 38), ('pos', 24), ('neu', 8), ('ask', 13), ('neg_mild', 4), ('pos_mild', 5), ('mixed', 7), ('line', 8)]
def posts():
    """Posts of our own, put together from phrases: complaints, praise, questions, statements, headlines."""
    phrases = {}
    for line in open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'sentiment.phrases.tsv'), encoding='utf-8'):
        if not line.startswith('#'):
            lang, kind, list = line.rstrip('\n').split('\t')
            phrases.setdefault(lang, {})[kind] = [phrase.strip() for phrase in list.split(' | ')]
    rows = {'own_posts': [], 'own_headlines': []}
    for lang, wanted in POSTS.items():
        dice, have = random.Random(lang), phrases[lang]
        def fill(text):
            return re.sub(r'\{(\w+)\}', lambda slot: dice.choice(have[slot[1]]), text)
        def pick(kind):
            return fill(dice.choice(have[kind]))
        def upper(text):
            return text[:1].upper() + text[1:]
        def joined(parts):
            dot = '。' if lang == 'ja' else dice.choice(['. ', '. ', '! ', ', ', '... ', ' '])
            text = parts[0]
            for part in parts[1:]:
                text += (dot if text[-1] not in '?!,' else ' ') + (upper(part) if dot[0] in '.!' else part)
            return text
        for _ in range(wanted):
            kind = dice.choices([kind for kind, _ in KINDS], [share for _, share in KINDS])[0]
            if kind == 'line':
                label = dice.choice(['neg', 'neu', 'pos'])
                if 'line_' + label in have:
                    rows['own_headlines'].append((upper(pick('line_' + label)), label, lang))
                continue
            label = {'ask': 'neu', 'mixed': 'neg'}.get(kind, kind[:3])
            if kind == 'mixed':
                label = dice.choice(['neg', 'neg', 'pos'])
                text = pick('pos' if label == 'neg' else 'neg') + BUT[lang] + pick(label)
            elif kind == 'neg' or kind == 'pos':
                parts = [pick(kind)]
                if dice.random() < 0.3: parts.append(pick(kind))
                if dice.random() < 0.25: parts.insert(0, pick('open_' + kind))
                if dice.random() < 0.25: parts.append(pick('end_' + kind))
                if dice.random() < 0.08: parts = [pick(dice.choice(['open_', 'end_']) + kind)]
                text = joined(parts)
            elif kind == 'neu':
                text = joined([pick('neu')] + ([pick('neu')] if dice.random() < 0.2 else []))
            elif kind == 'ask':
                text = joined(([pick('neu')] if dice.random() < 0.2 else []) + [pick('ask')])
            else:
                text = joined([pick(kind)] + ([pick(label)] if dice.random() < 0.5 else []))
            if dice.random() < 0.7: text = upper(text)
            if text[-1] not in '?!': text += dice.choice(['', '', '.', '!' if label != 'neu' else '.', '!!' if label != 'neu' else ''])
            if label != 'neu' and dice.random() < 0.15: text += ' ' + dice.choice(EMOJI[label]) * dice.choice([1, 1, 2])
            if dice.random() < 0.05: text += ' ' + dice.choice(RATINGS[label])
            if dice.random() < 0.35: text = dice.choice(HANDLES) + ' ' + text
            if dice.random() < 0.04 and label != 'neu': text = text.upper()
            if dice.random() < 0.05: text += ' #' + dice.choice(['fail', 'service', 'travel', 'help', 'nieuws', 'news'] if label != 'pos' else ['service', 'travel', 'happy'])
            rows['own_posts'].append((text, label, lang))
    for name, list in rows.items(): write(name, list)

if SOURCES != '-':
    brighter()
    vader()
    lexicons()
    plain()
posts()
